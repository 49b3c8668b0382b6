using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Ratchet.Engine.Kernels;

/// <summary>Spreads rows over threads. The only place in the engine that starts threads.</summary>
/// <remarks>
/// <para>
/// Rows are handed out in chunks whose bounds depend on the row count alone, never on the thread count; a body that reduces
/// within its chunk and writes one result per chunk therefore gives the same bits on any machine. Which thread takes which
/// chunk is a race, by design: a thread that the system holds back takes fewer.
/// </para>
/// <para>
/// One loop runs at a time. A loop that is started while another runs (a nested one, or one of another request) is done by its
/// caller alone: with all cores busy more threads would not help, and nobody waits for anybody.
/// </para>
/// </remarks>
public static unsafe class RowLoop
{
    private const int ChunksUsual = 64;

    private static readonly Lock Gate = new();
    private static Worker[] _workers = [];
    private static int _threadCount = Environment.ProcessorCount;
    private static readonly object Finished = new();
    private static int _busy;
    private static bool _isCallerAsleep;

    // The loop that runs now. Written only while no chunk is left, and read only by who holds one, without whom the loop cannot end.
    private static delegate*<void*, int, int, void> _invoke;
    private static void* _body;
    private static int _rowCount;
    private static int _chunkRows;
    private static int _chunkCount;
    private static ExceptionDispatchInfo? _failure;

    // Padded: the two counters are the only memory that all threads write.
    private static Counters _counters;

    /// <summary>Threads that a loop may use, the caller's included. At the start: all processors of this process.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static int ThreadCount
    {
        get => Volatile.Read(ref _threadCount);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref _threadCount, value);
        }
    }

    /// <summary>Runs <paramref name="body"/> over the rows [0, <paramref name="rowCount"/>), in up to 64 chunks.</summary>
    /// <typeparam name="TBody">A struct of pointers and sizes; it is not copied to the heap.</typeparam>
    public static void Run<TBody>(int rowCount, in TBody body)
        where TBody : struct, IRowBody
        => Run(rowCount, (rowCount + ChunksUsual - 1) / ChunksUsual, body);

    /// <summary>
    /// Runs <paramref name="body"/> over the rows [0, <paramref name="rowCount"/>): each call gets exactly one chunk,
    /// [i · chunkRows, min((i + 1) · chunkRows, rowCount)).
    /// </summary>
    /// <typeparam name="TBody">A struct of pointers and sizes; it is not copied to the heap.</typeparam>
    public static void Run<TBody>(int rowCount, int chunkRows, in TBody body)
        where TBody : struct, IRowBody
    {
        if (rowCount <= 0)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(chunkRows, 1);
        TBody local = body;
        int chunkCount = (int)(((long)rowCount + chunkRows - 1) / chunkRows);
        int helperCount = Math.Min(ThreadCount, chunkCount) - 1;
        if (helperCount <= 0 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (int start = 0; start < rowCount; start += chunkRows)
            {
                local.Invoke(start, (int)Math.Min((long)start + chunkRows, rowCount));
            }

            return;
        }

        ExceptionDispatchInfo? failure;
        try
        {
            _invoke = &Invoke<TBody>;
            _body = Unsafe.AsPointer(ref local);
            _rowCount = rowCount;
            _chunkRows = chunkRows;
            _chunkCount = chunkCount;
            _failure = null;
            Volatile.Write(ref _counters.Done, 0);
            Share(helperCount);

            // Before the loop is another caller's, who begins with no failure.
            failure = _failure;
        }
        finally
        {
            _body = null;
            Volatile.Write(ref _busy, 0);
        }

        failure?.Throw();
    }

    private static void Invoke<TBody>(void* body, int start, int end)
        where TBody : struct, IRowBody
        => Unsafe.AsRef<TBody>(body).Invoke(start, end);

    private static void Share(int helperCount)
    {
        Worker[] workers = _workers.Length >= helperCount ? _workers : StartWorkers(helperCount);
        Interlocked.Exchange(ref _counters.Left, _chunkCount);
        for (int i = 0; i < helperCount; i++)
        {
            workers[i].Wake();
        }

        TakeChunks();

        int chunkCount = _chunkCount;
        long deadline = Spin.Deadline();
        while (Volatile.Read(ref _counters.Done) != chunkCount)
        {
            if (!Spin.Once(deadline))
            {
                SleepUntilDone(chunkCount);
            }
        }
    }

    // Counters go from core to core, which costs as much as a small chunk: one of them is touched once a chunk, the other once a thread.
    // Whoever comes when nothing is left takes the count below zero, where the next loop does not find it.
    private static void TakeChunks()
    {
        int taken = 0;
        int left;
        while ((left = Interlocked.Decrement(ref _counters.Left)) >= 0)
        {
            taken++;
            long start = (long)(_chunkCount - 1 - left) * _chunkRows;
            try
            {
                _invoke(_body, (int)start, (int)Math.Min(start + _chunkRows, _rowCount));
            }
            catch (Exception failure)
            {
                // Thrown again by the caller of the loop, which alone can handle it.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
            }
        }

        if (taken == 0)
        {
            return;
        }

        int chunkCount = _chunkCount;
        if (Interlocked.Add(ref _counters.Done, taken) == chunkCount && Volatile.Read(ref _isCallerAsleep))
        {
            lock (Finished)
            {
                Monitor.Pulse(Finished);
            }
        }
    }

    // A helper was taken off its core in the middle of a chunk: its turn may be milliseconds away.
    private static void SleepUntilDone(int chunkCount)
    {
        lock (Finished)
        {
            Volatile.Write(ref _isCallerAsleep, true);

            // Either this look sees the last chunk done, or its helper's look sees the line above: one of the two is later.
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _counters.Done) != chunkCount)
            {
                Monitor.Wait(Finished);
            }

            Volatile.Write(ref _isCallerAsleep, false);
        }
    }

    private static Worker[] StartWorkers(int count)
    {
        lock (Gate)
        {
            Worker[] workers = _workers;
            if (workers.Length < count)
            {
                int present = workers.Length;
                Array.Resize(ref workers, count);
                for (int i = present; i < count; i++)
                {
                    workers[i] = new Worker(i);
                }

                _workers = workers;
            }

            return workers;
        }
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 256)]
    private struct Counters
    {
        [System.Runtime.InteropServices.FieldOffset(64)]
        public int Left;

        [System.Runtime.InteropServices.FieldOffset(128)]
        public int Done;
    }

    /// <summary>Waiting that takes a core for at most 50 microseconds.</summary>
    private static class Spin
    {
        private static readonly long Ticks = System.Diagnostics.Stopwatch.Frequency / 20_000;

        public static long Deadline() => System.Diagnostics.Stopwatch.GetTimestamp() + Ticks;

        public static bool Once(long deadline)
        {
            if (System.Diagnostics.Stopwatch.GetTimestamp() < deadline)
            {
                Thread.SpinWait(1);
                return true;
            }

            return false;
        }
    }

    /// <summary>A thread that takes chunks when woken, looks for the next loop for 50 microseconds, then sleeps.</summary>
    private sealed class Worker
    {
        private readonly object _sleep = new();
        private bool _isAsleep;
        private int _calls;

        public Worker(int index)
        {
            new Thread(Work) { IsBackground = true, Name = $"row loop {index + 1}" }.Start();
        }

        public void Wake()
        {
            Interlocked.Increment(ref _calls);
            if (Volatile.Read(ref _isAsleep))
            {
                lock (_sleep)
                {
                    Monitor.Pulse(_sleep);
                }
            }
        }

        private void Work()
        {
            int answered = 0;
            while (true)
            {
                long deadline = Spin.Deadline();
                while (Volatile.Read(ref _calls) == answered)
                {
                    if (!Spin.Once(deadline))
                    {
                        Sleep(answered);
                    }
                }

                answered = Volatile.Read(ref _calls);
                TakeChunks();
            }
        }

        private void Sleep(int answered)
        {
            lock (_sleep)
            {
                Volatile.Write(ref _isAsleep, true);

                // Either this look sees the call, or the call's look sees the line above: one of the two is later.
                Interlocked.MemoryBarrier();
                while (Volatile.Read(ref _calls) == answered)
                {
                    Monitor.Wait(_sleep);
                }

                Volatile.Write(ref _isAsleep, false);
            }
        }
    }
}
