using System.Numerics;

namespace Ratchet.Datasets.Quality;

/// <summary>Which texts share a band of their signatures: chains through arrays, since millions of small lists would be most of the work.</summary>
/// <param name="bandCount">Bands of a signature.</param>
internal sealed class BandTable(int bandCount)
{
    private const int HeadsMin = 1 << 10;

    // Entry e belongs to text e / bandCount. A head is the newest entry of its chain plus one; 0 is the end.
    private int[] _heads = new int[HeadsMin];
    private int[] _next = new int[HeadsMin];
    private uint[] _keys = new uint[HeadsMin];
    private int _count;

    /// <summary>Adds the next text.</summary>
    /// <param name="keys">One a band, already mixed with the band's number.</param>
    public void Add(ReadOnlySpan<uint> keys)
    {
        if (_count + keys.Length > _heads.Length)
        {
            Grow(_count + keys.Length);
        }

        foreach (uint key in keys)
        {
            _keys[_count] = key;
            Link(_count++);
        }
    }

    /// <summary>Adds every text that has one of the keys; a text may come several times, and one whose key is another's by chance too.</summary>
    public void Find(ReadOnlySpan<uint> keys, List<int> texts)
    {
        foreach (uint key in keys)
        {
            for (int entry = _heads[key & (uint)(_heads.Length - 1)] - 1; entry >= 0; entry = _next[entry] - 1)
            {
                if (_keys[entry] == key)
                {
                    texts.Add(entry / bandCount);
                }
            }
        }
    }

    private void Grow(int needed)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)needed);
        _heads = new int[size];
        Array.Resize(ref _next, size);
        Array.Resize(ref _keys, size);
        for (int entry = 0; entry < _count; entry++)
        {
            Link(entry);
        }
    }

    private void Link(int entry)
    {
        ref int head = ref _heads[_keys[entry] & (uint)(_heads.Length - 1)];
        (_next[entry], head) = (head, entry + 1);
    }
}
