using System.Numerics;
using System.Security.Cryptography;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>What two symbols beside each other become: open addressing, so that a look costs one place in memory.</summary>
internal sealed class PairTable
{
    // Whoever writes a file cannot choose pairs that fall on one place.
    private static readonly ulong Factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private Entry[] _entries;
    private int _shift;

    /// <summary>Makes room for so many pairs; it grows where there are more.</summary>
    internal PairTable(int capacity) => _entries = Room(capacity);

    /// <summary>Pairs.</summary>
    internal int Count { get; private set; }

    /// <summary>Symbols that pairs become.</summary>
    internal IEnumerable<int> Results
    {
        get
        {
            foreach (Entry entry in _entries)
            {
                if (entry.IsThere)
                {
                    yield return entry.Id;
                }
            }
        }
    }

    /// <summary>Takes the place of what was said of a pair before.</summary>
    /// <param name="pair">Both symbols, <see cref="Pair"/>.</param>
    /// <param name="rank">From 0 up; the least merges first.</param>
    /// <param name="id">What it becomes.</param>
    internal void Set(long pair, int rank, int id)
    {
        if ((Count + 1) * 2 > _entries.Length)
        {
            Entry[] before = _entries;
            _entries = Room(Count * 2);
            foreach (Entry entry in before)
            {
                if (entry.IsThere)
                {
                    _entries[PlaceOf(entry.Pair)] = entry;
                }
            }
        }

        ref Entry place = ref _entries[PlaceOf(pair)];
        Count += place.IsThere ? 0 : 1;
        place = new Entry { Pair = pair, RankAndOne = rank + 1, Id = id };
    }

    /// <summary>Looks a pair up.</summary>
    /// <param name="pair">Both symbols.</param>
    /// <param name="rank">Its rank, or the greatest number.</param>
    /// <param name="id">What it becomes, or -1.</param>
    internal bool TryFind(long pair, out int rank, out int id)
    {
        ref readonly Entry entry = ref _entries[PlaceOf(pair)];
        (rank, id) = entry.IsThere ? (entry.RankAndOne - 1, entry.Id) : (int.MaxValue, -1);
        return entry.IsThere;
    }

    /// <summary>Two symbols as one number.</summary>
    internal static long Pair(int left, int right) => ((long)left << 32) | (uint)right;

    private Entry[] Room(int capacity)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity * 2, 4));
        _shift = 64 - BitOperations.Log2((uint)size);
        return new Entry[size];
    }

    private int PlaceOf(long pair)
    {
        int place = (int)(((ulong)pair * Factor) >> _shift);
        while (_entries[place].IsThere && _entries[place].Pair != pair)
        {
            place = (place + 1) & (_entries.Length - 1);
        }

        return place;
    }

    private struct Entry
    {
        public long Pair;
        public int RankAndOne;
        public int Id;

        public readonly bool IsThere => RankAndOne != 0;
    }
}
