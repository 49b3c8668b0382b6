using System.Diagnostics;
using Ratchet.Engine.Tensors;
using Ratchet.Fuzz.Inputs;

namespace Ratchet.Fuzz;

/// <summary>One thread of a run, with readers of its own. Watched from outside for inputs that never end.</summary>
internal sealed class FuzzWorker(IReadOnlyList<FuzzReader> readers, FuzzArguments arguments, int index, Action<FuzzFailure> fail)
{
    /// <summary>An input that takes longer is read again, by the thread's own time: the machine may have been busy.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(1);

    private const int Attempts = 3;

    private readonly FuzzCount[] _counts = [.. readers.Select(_ => new FuzzCount())];
    private readonly long[] _next = [.. readers.Select(_ => (long)index)];
    private long _startedAt;
    private byte[] _input = [];

    public IReadOnlyList<FuzzCount> Counts => _counts;

    /// <summary>Place of the reader that is reading.</summary>
    public int ReaderIndex { get; private set; }

    /// <summary>Which of its inputs.</summary>
    public long Number { get; private set; }

    public byte[] Input => _input;

    /// <summary>How long the reader has been at the same input; zero between two.</summary>
    public TimeSpan Busy => Interlocked.Read(ref _startedAt) is not 0 and var started ? Stopwatch.GetElapsedTime(started) : TimeSpan.Zero;

    public void Run(Action<int, long> note, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            // The reader that had least time so far, so that slow ones do not crowd out quick ones.
            int reader = Enumerable.Range(0, readers.Count).MinBy(i => _counts[i].Time / readers[i].Weight);
            note(reader, _next[reader]);
            Try(reader, _next[reader]);
            _next[reader] += arguments.Threads;
        }
    }

    public void Try(int readerIndex, long number)
    {
        FuzzReader reader = readers[readerIndex];
        long begun = Stopwatch.GetTimestamp();
        (FuzzSample sample, byte[] input) = InputMaker.Make(reader, arguments.Seed, number);
        (ReaderIndex, Number, _input) = (readerIndex, number, input);
        (bool isTaken, string? problem, TimeSpan time, long allocated) = Read(reader, sample, input);
        for (int attempt = 1; attempt < Attempts && problem is null && time > TimeMax; attempt++)
        {
            TimeSpan before = ThreadClock.Now;
            (_, problem, TimeSpan again, _) = Read(reader, sample, input);
            TimeSpan computed = ThreadClock.Now - before;
            time = computed < again ? computed : again;
        }

        long bound = reader.Memory.Of(input.Length);
        problem ??= time > TimeMax ? $"took {time.TotalSeconds:F2} s; {TimeMax.TotalSeconds:F0} s is allowed"
            : allocated > bound ? $"allocated {allocated:N0} bytes for an input of {input.Length:N0}; {bound:N0} is allowed"
            : null;
        if (problem is not null)
        {
            fail(new FuzzFailure(reader.Name, number, problem, input, Kind(problem)));
        }

        _counts[readerIndex].Add(isTaken, time, (double)allocated / bound, Stopwatch.GetElapsedTime(begun));
    }

    // An exception with the method that threw it; of slowness and memory just that.
    private static string Kind(string problem)
    {
        string[] lines = problem.Split('\n');
        string first = lines[0].Split(' ')[0] == "threw" ? lines[0][..Math.Min(100, lines[0].Length)] : lines[0].Split(' ')[0];
        return first + lines.FirstOrDefault(line => line.Contains("at Ratchet.", StringComparison.Ordinal));
    }

    private (bool IsTaken, string? Problem, TimeSpan Time, long Allocated) Read(FuzzReader reader, FuzzSample sample, byte[] input)
    {
        bool isTaken = false;
        string? problem = null;
        long before = GC.GetAllocatedBytesForCurrentThread() + NativeBuffer.AllocatedBytesOfThread;
        long started = Stopwatch.GetTimestamp();
        Interlocked.Exchange(ref _startedAt, started);
        try
        {
            isTaken = reader.Read(sample, input);
        }
        catch (Exception refusal) when (reader.IsRefusal(refusal))
        {
            // As documented.
        }
        catch (Exception fault)
        {
            problem = $"threw what it does not document: {fault}";
        }

        var time = Stopwatch.GetElapsedTime(started);
        Interlocked.Exchange(ref _startedAt, 0);
        return (isTaken, problem, time, GC.GetAllocatedBytesForCurrentThread() + NativeBuffer.AllocatedBytesOfThread - before);
    }
}
