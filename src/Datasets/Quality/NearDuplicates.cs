using System.Runtime.InteropServices;

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
    private const int BandCount = MinHash.Length / BandWidth;

    private readonly BandTable _bands = new(BandCount);
    private readonly ShingleArena _kept = new();
    private readonly List<int> _names = [];

    // Of the text that is looked at.
    private readonly List<ulong> _words = [];
    private readonly List<ulong> _shingles = [];
    private readonly List<int> _candidates = [];
    private readonly uint[] _signature = new uint[MinHash.Length];
    private readonly uint[] _keys = new uint[BandCount];

    /// <summary>Adds a text.</summary>
    /// <returns>The name of the earliest text that it nearly repeats, or null.</returns>
    public int? Add(int name, string text) => Add(name, [text]);

    /// <summary>Adds a text that comes in parts, as if a line ended between them.</summary>
    /// <returns>The name of the earliest text that it nearly repeats, or null.</returns>
    public int? Add(int name, params ReadOnlySpan<string> parts)
    {
        _words.Clear();
        _shingles.Clear();
        foreach (string part in parts)
        {
            Shingles.AddWords(part, _words);
        }

        Shingles.AddShingles(CollectionsMarshal.AsSpan(_words), _shingles);
        if (_shingles.Count == 0)
        {
            return null;
        }

        Span<ulong> shingles = CollectionsMarshal.AsSpan(_shingles);
        MinHash.Sign(shingles, _signature);
        FillKeys();
        if (Earlier(shingles) is { } earlier)
        {
            // Not kept: what repeats this text repeats the earlier one, and chains stay short.
            return _names[earlier];
        }

        _bands.Add(_keys);
        _kept.Add(shingles);
        _names.Add(name);
        return null;
    }

    private int? Earlier(Span<ulong> shingles)
    {
        _candidates.Clear();
        _bands.Find(_keys, _candidates);
        if (_candidates.Count == 0)
        {
            return null;
        }

        _candidates.Sort();
        shingles = shingles[..ShingleArena.Sort(shingles)];
        int last = -1;
        foreach (int candidate in _candidates)
        {
            if (candidate != last && Shingles.Jaccard(_kept.Set(candidate), shingles) > Threshold)
            {
                return candidate;
            }

            last = candidate;
        }

        return null;
    }

    private void FillKeys()
    {
        for (int band = 0; band < BandCount; band++)
        {
            ulong key = (ulong)band;
            foreach (uint place in _signature.AsSpan(band * BandWidth, BandWidth))
            {
                key = Shingles.Mix(key ^ place);
            }

            _keys[band] = (uint)(key >> 32);
        }
    }
}
