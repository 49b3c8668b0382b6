namespace Ratchet.Engine.Tokenization;

/// <summary>Collects the tokens of a text, with the places they cover where these are asked for.</summary>
internal sealed class TokenWriter(int capacity, bool tracks)
{
    private int[] _ids = new int[capacity];
    private (int Start, int End)[] _places = tracks ? new (int, int)[capacity] : [];
    private (int Start, int End)[] _units = tracks ? new (int, int)[capacity] : [];

    /// <summary>Whether places are kept. Where not, a cache may answer.</summary>
    internal bool Tracks => tracks;

    internal int Count { get; private set; }

    internal ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Adds a token that covers units of <paramref name="text"/>.</summary>
    internal void Add(int id, NormalizedText text, int start, int end)
    {
        if (tracks)
        {
            AddAt(id, start < end ? text.Start(start) : 0, start < end ? text.End(end - 1) : 0);
            _units[Count - 1] = (start, end);
        }
        else
        {
            AddAt(id, 0, 0);
        }
    }

    /// <summary>Adds a token that covers units of the original.</summary>
    internal void AddAt(int id, int start, int end)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            if (tracks)
            {
                Array.Resize(ref _places, Count * 2);
                Array.Resize(ref _units, Count * 2);
            }
        }

        _ids[Count] = id;
        if (tracks)
        {
            _places[Count] = (start, end);
        }

        Count++;
    }

    internal void AddAll(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            AddAt(id, 0, 0);
        }
    }

    /// <summary>Lets the last token cover more of <paramref name="text"/>.</summary>
    internal void Widen(NormalizedText text, int end)
    {
        if (tracks)
        {
            _places[Count - 1].End = text.End(end - 1);
            _units[Count - 1].End = end;
        }
    }

    /// <summary>Which units of a short piece the tokens from <paramref name="from"/> on cover.</summary>
    internal (byte Start, byte End)[] PlacesIn(int pieceStart, int from) =>
        Array.ConvertAll(_units[from..Count], unit => ((byte)(unit.Start - pieceStart), (byte)(unit.End - pieceStart)));

    internal int[] ToIds() => Ids.ToArray();

    internal TokenSpan[] ToSpans()
    {
        var spans = new TokenSpan[Count];
        for (int i = 0; i < Count; i++)
        {
            spans[i] = new TokenSpan(_ids[i], _places[i].Start, _places[i].End);
        }

        return spans;
    }
}
