namespace Ratchet.Datasets.Quality;

/// <summary>The shingles of many texts, one behind the other in a few large arrays: a collector of garbage has nothing to follow there.</summary>
internal sealed class ShingleArena
{
    private const int BlockMin = 1 << 12;
    private const int BlockMax = 1 << 20;

    private readonly List<ulong[]> _blocks = [];
    private readonly List<Place> _places = [];
    private int _used;

    /// <summary>Texts so far.</summary>
    public int Count => _places.Count;

    /// <summary>Keeps a text's shingles, in any order and with repeats.</summary>
    public void Add(ReadOnlySpan<ulong> shingles)
    {
        if (_blocks.Count == 0 || _blocks[^1].Length - _used < shingles.Length)
        {
            int usual = _blocks.Count == 0 ? BlockMin : Math.Min(BlockMax, _blocks[^1].Length * 2);
            _blocks.Add(new ulong[Math.Max(usual, shingles.Length)]);
            _used = 0;
        }

        shingles.CopyTo(_blocks[^1].AsSpan(_used));
        _places.Add(new Place(_blocks.Count - 1, _used, shingles.Length, IsSet: false));
        _used += shingles.Length;
    }

    /// <summary>A text's shingles, sorted and without repeats: made so when they are first asked for, as most never are.</summary>
    public ReadOnlySpan<ulong> Set(int text)
    {
        Place place = _places[text];
        Span<ulong> shingles = _blocks[place.Block].AsSpan(place.Start, place.Length);
        if (!place.IsSet)
        {
            int length = Sort(shingles);
            _places[text] = place with { Length = length, IsSet = true };
            shingles = shingles[..length];
        }

        return shingles;
    }

    /// <summary>Sorts and takes out repeats.</summary>
    /// <returns>How many are left, at the beginning.</returns>
    public static int Sort(Span<ulong> shingles)
    {
        shingles.Sort();
        int length = 0;
        foreach (ulong shingle in shingles)
        {
            if (length == 0 || shingles[length - 1] != shingle)
            {
                shingles[length++] = shingle;
            }
        }

        return length;
    }

    private readonly record struct Place(int Block, int Start, int Length, bool IsSet);
}
