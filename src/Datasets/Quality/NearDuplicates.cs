namespace Ratchet.Datasets.Quality;

/// <summary>
/// Finds, for one text after the other, an earlier one that says nearly the same: bands of MinHash give candidates, the
/// exact similarity of their shingles decides.
/// </summary>
public sealed class NearDuplicates
{
    /// <summary>More than this share of common shingles makes a near duplicate.</summary>
    public const double Threshold = 0.8;

    // 32 bands of 4: a pair at 0.8 is missed once in 10^7.
    private const int BandWidth = 4;

    private readonly Dictionary<(int Band, ulong Key), List<int>> _bands = [];
    private readonly List<HashSet<ulong>> _shingles = [];
    private readonly List<int> _names = [];

    /// <summary>Adds a text.</summary>
    /// <returns>The name of the earliest text that it nearly repeats, or null.</returns>
    public int? Add(int name, string text)
    {
        HashSet<ulong> shingles = Shingles.Of(text);
        if (shingles.Count == 0)
        {
            return null;
        }

        (int Band, ulong Key)[] keys = Keys(MinHash.Signature(shingles));
        var candidates = new SortedSet<int>();
        foreach ((int Band, ulong Key) key in keys)
        {
            if (_bands.TryGetValue(key, out List<int>? bucket))
            {
                candidates.UnionWith(bucket);
            }
        }

        foreach (int candidate in candidates)
        {
            if (Shingles.Jaccard(_shingles[candidate], shingles) > Threshold)
            {
                // Not kept: what repeats this text repeats the earlier one, and buckets stay short.
                return _names[candidate];
            }
        }

        foreach ((int Band, ulong Key) key in keys)
        {
            if (!_bands.TryGetValue(key, out List<int>? bucket))
            {
                _bands[key] = bucket = [];
            }

            bucket.Add(_shingles.Count);
        }

        _shingles.Add(shingles);
        _names.Add(name);
        return null;
    }

    private static (int Band, ulong Key)[] Keys(uint[] signature)
    {
        var keys = new (int, ulong)[MinHash.Length / BandWidth];
        for (int band = 0; band < keys.Length; band++)
        {
            ulong key = 0;
            foreach (uint place in signature.AsSpan(band * BandWidth, BandWidth))
            {
                key = Shingles.Mix(key ^ place);
            }

            keys[band] = (band, key);
        }

        return keys;
    }
}
