using Ratchet.Fuzz;
using Ratchet.Fuzz.Readers;

// fuzz [--seconds 60] [--seed 1] [--least number] [--reader name] [--input number] [--out folder] [--threads n]
//
// The last line is "fuzz: N inputs over N readers in N s with seed N, N failures". Exit code 0 only without failures; each failing
// input lies in the folder of --out beside the line that repeats it.
if (!FuzzArguments.TryRead(args, out FuzzArguments? arguments, out string problem))
{
    Console.Error.WriteLine(problem);
    return 2;
}

return new FuzzRun(arguments, AllReaders.Create).Run(Console.Out);
