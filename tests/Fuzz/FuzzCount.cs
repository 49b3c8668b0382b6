namespace Ratchet.Fuzz;

/// <summary>What one reader did with its inputs, on one thread; summed up at the end.</summary>
internal sealed class FuzzCount
{
    public long Inputs { get; private set; }

    public long Taken { get; private set; }

    public TimeSpan Slowest { get; private set; }

    /// <summary>The largest share of the memory that an input might take.</summary>
    public double MemoryShare { get; private set; }

    public TimeSpan Time { get; private set; }

    public void Add(bool isTaken, TimeSpan time, double memoryShare, TimeSpan spent)
    {
        Inputs++;
        Taken += isTaken ? 1 : 0;
        Slowest = time > Slowest ? time : Slowest;
        MemoryShare = Math.Max(MemoryShare, memoryShare);
        Time += spent;
    }

    public static FuzzCount Sum(IEnumerable<FuzzCount> counts)
    {
        var sum = new FuzzCount();
        foreach (FuzzCount count in counts)
        {
            sum.Inputs += count.Inputs;
            sum.Taken += count.Taken;
            sum.Slowest = count.Slowest > sum.Slowest ? count.Slowest : sum.Slowest;
            sum.MemoryShare = Math.Max(sum.MemoryShare, count.MemoryShare);
            sum.Time += count.Time;
        }

        return sum;
    }
}
