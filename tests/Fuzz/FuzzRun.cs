using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace Ratchet.Fuzz;

/// <summary>A run over all readers: starts the threads, watches them, and tells what came of it.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="create">Makes the readers of one thread, which may keep files in the folder given.</param>
internal sealed class FuzzRun(FuzzArguments arguments, Func<string, IReadOnlyList<FuzzReader>> create)
{
    /// <summary>What is being read, thread by thread: reader and number, 16 bytes each. Still there if the process dies of an input.</summary>
    public const string PlaceFile = "reading-now";

    private const int FailuresMax = 20;

    // How many times as long a run goes on for the inputs that --least asks for.
    private const int OvertimeMax = 4;
    private const string FrameOfFuzz = "   at Ratchet.Fuzz.";

    // No reader is that slow, however busy the machine.
    private static readonly TimeSpan HangAfter = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<(string Reader, string Kind), FuzzFailure> _failures = new();
    private int _failureCount;

    public int Run(TextWriter output)
    {
        Directory.CreateDirectory(arguments.Folder);
        DirectoryInfo work = WorkFolder();
        try
        {
            IReadOnlyList<FuzzReader>[] readers =
                [.. Enumerable.Range(0, arguments.Input is null ? arguments.Threads : 1).Select(i => Chosen(Path.Combine(work.FullName, $"{i}")))];
            if (readers[0].Count == 0)
            {
                output.WriteLine($"There is no reader '{arguments.Reader}'. There are {string.Join(", ", create(Path.Combine(work.FullName, "names")).Select(r => r.Name))}.");
                return 2;
            }

            var clock = Stopwatch.StartNew();
            FuzzWorker[] workers = [.. readers.Select((own, i) => new FuzzWorker(own, arguments, i, Fail))];
            Work(workers);
            Report(output, readers[0], workers, clock.Elapsed);
            return _failures.IsEmpty ? 0 : 1;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    // In memory where the system has such a folder: each input of a file reader is a file.
    private static DirectoryInfo WorkFolder()
    {
        const string InMemory = "/dev/shm";
        try
        {
            if (Directory.Exists(InMemory))
            {
                return Directory.CreateDirectory(Path.Combine(InMemory, $"ratchet-fuzz-{Environment.ProcessId}"));
            }
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // The usual folder, then.
        }

        return Directory.CreateTempSubdirectory("ratchet-fuzz-");
    }

    // The first of each kind is kept; a reader that fails once in a hundred inputs fails thousands of times.
    private void Fail(FuzzFailure failure)
    {
        Interlocked.Increment(ref _failureCount);
        _failures.TryAdd((failure.Reader, failure.Kind), failure);
    }

    private IReadOnlyList<FuzzReader> Chosen(string folder)
    {
        Directory.CreateDirectory(folder);
        return [.. create(folder).Where(reader => arguments.Reader is null || reader.Name == arguments.Reader)];
    }

    private void Work(FuzzWorker[] workers)
    {
        if (arguments.Input is { } only)
        {
            workers[0].Try(0, only);
            return;
        }

        using var place = MemoryMappedFile.CreateFromFile(
            Path.Combine(arguments.Folder, PlaceFile), FileMode.Create, mapName: null, 16L * workers.Length);
        using MemoryMappedViewAccessor view = place.CreateViewAccessor();
        using var ended = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        Thread[] threads = [.. workers.Select((worker, i) => new Thread(() => worker.Run((reader, number) =>
        {
            view.Write(16 * i, (long)reader);
            view.Write((16 * i) + 8, number);
        }, ended.Token)) { IsBackground = true })];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach ((Thread thread, FuzzWorker worker) in threads.Zip(workers))
        {
            while (!thread.Join(TimeSpan.FromMilliseconds(50)))
            {
                bool hasEnough = workers.Sum(w => w.Counts.Sum(count => count.Inputs)) >= arguments.Least;
                if (clock.Elapsed.TotalSeconds >= arguments.Seconds * (hasEnough ? 1 : OvertimeMax))
                {
                    ended.Cancel();
                }

                foreach (FuzzWorker busy in workers.Where(w => w.Busy > HangAfter))
                {
                    // A thread cannot be ended from outside, so the process ends with what it knows.
                    IReadOnlyList<FuzzReader> names = create(Path.Combine(Path.GetTempPath(), "ratchet-fuzz-names"));
                    Keep(new FuzzFailure(Chosen(names, busy.ReaderIndex), busy.Number, $"has not ended after {HangAfter.TotalSeconds:F0} s", busy.Input, "hang"), Console.Error);
                    Environment.Exit(3);
                }

                if (_failures.Count >= FailuresMax)
                {
                    ended.Cancel();
                }
            }
        }
    }

    private string Chosen(IReadOnlyList<FuzzReader> all, int index) => arguments.Reader ?? all[index].Name;

    private void Report(TextWriter output, IReadOnlyList<FuzzReader> readers, FuzzWorker[] workers, TimeSpan time)
    {
        foreach (FuzzFailure failure in _failures.Values)
        {
            Keep(failure, output);
        }

        long inputs = 0;
        for (int i = 0; i < readers.Count; i++)
        {
            var count = FuzzCount.Sum(workers.Select(worker => worker.Counts[i]));
            inputs += count.Inputs;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{readers[i].Name,-20} {count.Inputs,9:N0} inputs, {count.Taken,9:N0} taken, slowest {count.Slowest.TotalMilliseconds,7:N1} ms, memory {count.MemoryShare,6:P1} of its bound"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"fuzz: {inputs:N0} inputs over {readers.Count} readers in {time.TotalSeconds:F0} s with seed {arguments.Seed}, {_failureCount} failures"));
    }

    private void Keep(FuzzFailure failure, TextWriter output)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{failure.Reader}-{arguments.Seed}-{failure.Number}");
        string path = Path.Combine(arguments.Folder, $"{name}.input");
        File.WriteAllBytes(path, failure.Input);
        string line = $"{failure.Reader}: input {failure.Number} {failure.What.Split(FrameOfFuzz)[0]}\n  kept as {path}; repeat with --seed {arguments.Seed} --reader {failure.Reader} --input {failure.Number}";
        File.WriteAllText(Path.Combine(arguments.Folder, $"{name}.txt"), line, Encoding.UTF8);
        output.WriteLine(line);
    }
}
