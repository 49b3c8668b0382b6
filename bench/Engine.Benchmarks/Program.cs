using System.Globalization;
using BenchmarkDotNet.Running;
using Ratchet.Engine.Benchmarks;

if (args is ["quick", ..])
{
    QuickRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

if (args is ["training", ..])
{
    TrainingRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

if (args is ["layer", ..])
{
    LayerRun.Print();
    return;
}

if (args is ["tokenizers", ..])
{
    TokenizerRun.Print();
    return;
}

if (args is ["model", ..])
{
    ModelRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

if (args is ["datasets", ..])
{
    DatasetRun.Print(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100, args.Length > 2 ? args[2] : "");
    return;
}

if (args is ["indexing", ..])
{
    await IndexingRun.PrintAsync(
        args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000, args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 20);
    return;
}

if (args is ["lookup", ..])
{
    await LookupRun.PrintAsync();
    return;
}

if (args is ["corpus", ..])
{
    await CorpusRun.PrintAsync();
    return;
}

if (args is ["probe", ..])
{
    ProbeRun.Print();
    return;
}

// In this process: a program of its own would be looked for by the assembly's name, which is not the project's, and built anew for each class.
BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run([.. args, "--inProcess"]);
