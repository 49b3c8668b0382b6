using System.Buffers;
using System.Runtime.InteropServices;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Index;

/// <summary>Finds chunks by their words: BM25 as Lucene counts it, or as rank_bm25's Okapi does.</summary>
/// <remarks>
/// <code>
/// idf(t)   = ln(1 + (N - df + 0.5) / (df + 0.5))
/// score(d) = sum over query tokens, repeats counted, of idf · tf / (tf + k1 · (1 - b + b · length / average length))
/// </code>
/// Robertson and Zaragoza 2009, section 3; without the factor (k1 + 1), which Lucene dropped in version 8. Lengths are exact.
/// Okapi keeps the factor, and idf(t) = ln(N - df + 0.5) - ln(df + 0.5); where that is negative, a quarter of the mean over all
/// words stands for it, which may be negative itself.
/// </remarks>
internal sealed class KeywordIndex(
    double k1 = KeywordIndex.Saturation, double b = KeywordIndex.LengthShare, KeywordScoring scoring = KeywordScoring.Lucene) : IDisposable
{
    /// <summary>The k1 of the formula where nothing else is asked for.</summary>
    public const double Saturation = 1.2;

    /// <summary>The b of the formula where nothing else is asked for.</summary>
    public const double LengthShare = 0.75;

    // rank_bm25's share of the mean that a word of more than half the chunks weighs.
    private const double OkapiFloor = 0.25;

    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Dictionary<string, Dictionary<int, int>> _postings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _slotOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _slotsOfDocument = new(StringComparer.Ordinal);

    // A slot is never given twice, so that equal scores keep the order in which chunks came.
    private readonly List<Slot?> _slots = [];
    private readonly List<int> _lengths = [];
    private long _totalLength;

    /// <summary>Adds a chunk, or replaces the one with that id.</summary>
    public void Upsert(string chunkId, ChunkLabels labels, IReadOnlyList<string> tokens)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in tokens)
        {
            counts[token] = counts.GetValueOrDefault(token) + 1;
        }

        _gate.EnterWriteLock();
        try
        {
            if (_slotOf.TryGetValue(chunkId, out int known))
            {
                Remove(known);
            }

            int slot = _slots.Count;
            _slots.Add(new Slot(chunkId, labels, tokens.Count, [.. counts.Keys]));
            _lengths.Add(tokens.Count);
            _slotOf[chunkId] = slot;
            _totalLength += tokens.Count;
            SlotsOf(labels.DocumentId).Add(slot);
            foreach ((string token, int count) in counts)
            {
                if (!_postings.TryGetValue(token, out Dictionary<int, int>? posting))
                {
                    _postings[token] = posting = [];
                }

                posting[slot] = count;
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public void RemoveDocument(string documentId)
    {
        _gate.EnterWriteLock();
        try
        {
            if (_slotsOfDocument.Remove(documentId, out List<int>? slots))
            {
                foreach (int slot in slots.ToArray())
                {
                    Remove(slot);
                }
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    /// <summary>The best chunks that hold at least one of the tokens and pass the filter.</summary>
    public IReadOnlyList<KeywordMatch> Search(IReadOnlyList<string> tokens, int limit, ChunkFilter filter)
    {
        _gate.EnterReadLock();
        try
        {
            if (_slotOf.Count == 0 || tokens.Count == 0)
            {
                return [];
            }

            double average = Math.Max((double)_totalLength / _slotOf.Count, double.Epsilon);
            double floor = scoring == KeywordScoring.Okapi ? OkapiFloor * _postings.Values.Average(posting => OkapiIdf(posting.Count)) : 0;
            double[] scores = ArrayPool<double>.Shared.Rent(_slots.Count);
            TopList<int> best = Best(tokens, average, floor, limit, filter, scores.AsSpan(0, _slots.Count));
            ArrayPool<double>.Shared.Return(scores);
            return [.. best.Take().Select(found =>
                new KeywordMatch(_slots[found.Item]!.ChunkId, found.Score, Coverage(tokens, found.Item)))];
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>How much of the query's words each chunk has, as <see cref="KeywordMatch.Coverage"/>; 0 for one that is not here.</summary>
    public IReadOnlyList<double> Coverages(IReadOnlyList<string> tokens, IReadOnlyList<string> chunkIds)
    {
        _gate.EnterReadLock();
        try
        {
            return [.. chunkIds.Select(id => _slotOf.TryGetValue(id, out int slot) ? Coverage(tokens, slot) : 0)];
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    public void Dispose() => _gate.Dispose();

    // A place for each slot, where a table of those that are met would cost a walk through memory for every posting.
    private TopList<int> Best(IReadOnlyList<string> tokens, double average, double floor, int limit, ChunkFilter filter, Span<double> scores)
    {
        ReadOnlySpan<int> lengths = CollectionsMarshal.AsSpan(_lengths);
        scores.Fill(double.NaN);
        foreach (string token in tokens)
        {
            if (_postings.TryGetValue(token, out Dictionary<int, int>? posting))
            {
                double weight = Weight(posting.Count, floor);
                foreach ((int slot, int count) in posting)
                {
                    double norm = k1 * (1 - b + (b * lengths[slot] / average));
                    double score = weight * count / (count + norm);
                    scores[slot] = double.IsNaN(scores[slot]) ? score : scores[slot] + score;
                }
            }
        }

        var best = new TopList<int>(limit);
        for (int slot = 0; slot < scores.Length; slot++)
        {
            if (!double.IsNaN(scores[slot]) && best.Admits(scores[slot], slot) && filter.Matches(_slots[slot]!.Labels))
            {
                best.Offer(slot, scores[slot], slot);
            }
        }

        return best;
    }

    // The rare words of a question say what it is about; a chunk with only its common ones does not answer it. A word that no
    // chunk has weighs as much as one that a single chunk has: it may be a matter of wording.
    private double Coverage(IReadOnlyList<string> tokens, int slot)
    {
        double met = 0;
        double all = 0;
        foreach (string token in tokens.Distinct(StringComparer.Ordinal))
        {
            Dictionary<int, int>? posting = _postings.GetValueOrDefault(token);
            double idf = Idf(posting?.Count ?? 1);
            all += idf;
            met += posting?.ContainsKey(slot) == true ? idf : 0;
        }

        return all > 0 ? met / all : 0;
    }

    private double Weight(int documentFrequency, double floor)
    {
        if (scoring == KeywordScoring.Lucene)
        {
            return Idf(documentFrequency);
        }

        double idf = OkapiIdf(documentFrequency);
        return (k1 + 1) * (idf < 0 ? floor : idf);
    }

    private double OkapiIdf(int documentFrequency) =>
        Math.Log(_slotOf.Count - documentFrequency + 0.5) - Math.Log(documentFrequency + 0.5);

    private double Idf(int documentFrequency) =>
        Math.Log(1 + ((_slotOf.Count - documentFrequency + 0.5) / (documentFrequency + 0.5)));

    private List<int> SlotsOf(string documentId)
    {
        if (!_slotsOfDocument.TryGetValue(documentId, out List<int>? slots))
        {
            _slotsOfDocument[documentId] = slots = [];
        }

        return slots;
    }

    private void Remove(int slot)
    {
        Slot old = _slots[slot]!;
        _slots[slot] = null;
        _slotOf.Remove(old.ChunkId);
        _totalLength -= old.Length;
        _slotsOfDocument.GetValueOrDefault(old.Labels.DocumentId)?.Remove(slot);
        foreach (string token in old.Tokens)
        {
            Dictionary<int, int> posting = _postings[token];
            posting.Remove(slot);
            if (posting.Count == 0)
            {
                _postings.Remove(token);
            }
        }
    }

    private sealed record Slot(string ChunkId, ChunkLabels Labels, int Length, string[] Tokens);
}

/// <summary>A chunk that was found by its words.</summary>
/// <param name="Coverage">The share of the query's words in it, rare ones weighing more: 0 to 1.</param>
internal readonly record struct KeywordMatch(string ChunkId, double Score, double Coverage);
