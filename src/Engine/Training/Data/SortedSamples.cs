namespace Ratchet.Engine.Training.Data;

/// <summary>Samples in the order of their tokens, without those after the last target.</summary>
internal sealed class SortedSamples
{
    private readonly TrainingSample[] _samples;
    private readonly int[] _lengths;
    private readonly int[] _common;

    public SortedSamples(IReadOnlyList<TrainingSample> samples)
    {
        (TrainingSample Sample, int Length)[] all = [.. samples.Select(sample => (sample, LengthOf(sample)))];
        (TrainingSample Sample, int Length)[] order = [.. all.OrderBy(of => of.Sample.Ids.AsMemory(0, of.Length), new ByTokens())];
        _samples = [.. order.Select(of => of.Sample)];
        _lengths = [.. order.Select(of => of.Length)];
        _common = new int[_samples.Length];
        for (int i = 1; i < _samples.Length; i++)
        {
            _common[i] = Tokens(i - 1).CommonPrefixLength(Tokens(i));
        }
    }

    /// <summary>Tokens of a sample that predict one that is learnt, or stand before such.</summary>
    public ReadOnlySpan<int> Tokens(int i) => _samples[i].Ids.AsSpan(0, _lengths[i]);

    /// <summary>Tokens with which a sample and the one before it begin.</summary>
    public int Common(int i) => _common[i];

    /// <summary>Whether a sample learns its token after <paramref name="position"/>.</summary>
    public bool Learns(int i, int position) => _samples[i].Mask[position + 1];

    /// <summary>The token after <paramref name="position"/>.</summary>
    public int Next(int i, int position) => _samples[i].Ids[position + 1];

    /// <summary>Runs of neighbours, each filled before the next begins.</summary>
    /// <param name="tokensMax">Tokens of a run, unless one sample has more.</param>
    /// <param name="keysMax">Keys of a run, unless one sample has more.</param>
    public List<(int First, int End)> Cut(int tokensMax, int keysMax)
    {
        var runs = new List<(int First, int End)>();
        int first = 0;
        long tokens = 0;
        long keys = 0;
        for (int i = 0; i < _samples.Length; i++)
        {
            // One more than the rows, so that a run has no more targets than tokens: the last target is no row. What two neighbours share
            // beyond a segment's end stands twice, and a segment that ends where they part has so many keys.
            int own = _lengths[i] + 1 - Math.Max(0, _common[i] - (PrefixSharing.SharedMin - 1));
            int read = _lengths[i] + _common[i];
            if (i > first && (tokens + own > tokensMax || keys + read > keysMax))
            {
                runs.Add((first, i));
                (first, tokens, keys) = (i, 0, 0);
            }

            tokens += i == first ? _lengths[i] + 1 : own;
            keys += i == first ? _lengths[i] : read;
        }

        if (_samples.Length > 0)
        {
            runs.Add((first, _samples.Length));
        }

        return runs;
    }

    private static int LengthOf(TrainingSample sample)
    {
        int last = Array.LastIndexOf(sample.Mask, true);
        return last > 0 ? last : throw new ArgumentException("A sample has no target after its first token; leave it out.", nameof(sample));
    }

    // OrderBy keeps the order of equal samples, so a step is laid out the same way each time.
    private sealed class ByTokens : IComparer<Memory<int>>
    {
        public int Compare(Memory<int> x, Memory<int> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
