using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Byte-level byte-pair encoding, as GPT-2 introduced it.</summary>
/// <remarks>Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; bytes as symbols: Radford et al. 2019, section 2.2.</remarks>
internal sealed class BytePairTokenizer : ITokenizer
{
    // Words come back again and again; long ones do not, and a limit keeps strangers from filling the memory.
    private const int CachedPieceLengthMax = 48;
    private const int CachedPiecesMax = 1 << 16;

    private readonly string[] _tokens;
    private readonly byte[][] _bytes;
    private readonly bool[] _special;
    private readonly Dictionary<string, int> _ids;
    private readonly int[] _idOfByte = new int[256];
    private readonly BytePairMerger _merger;
    private readonly BytePairPattern _pattern;
    private readonly TokenMatcher _specialMatcher;
    private readonly TokenMatcher _addedMatcher;
    private readonly bool _addBegin;
    private readonly bool _addEnd;

    private readonly ConcurrentDictionary<string, int[]> _cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cached;

    internal BytePairTokenizer(VocabularyData data)
    {
        _pattern = data.PreTokenizer switch
        {
            "smollm" => new BytePairPattern(digitsApart: true),
            "gpt-2" => new BytePairPattern(digitsApart: false),
            _ => throw new VocabularyException(
                $"Text is cut by the rules '{data.PreTokenizer}' before it is merged; known are 'smollm' and 'gpt-2'."),
        };
        _tokens = [.. data.Tokens];
        _special = new bool[_tokens.Length];
        _bytes = new byte[_tokens.Length][];
        _ids = new Dictionary<string, int>(_tokens.Length);
        var special = new List<(string, int)>();
        var added = new List<(string, int)>();
        for (int id = 0; id < _tokens.Length; id++)
        {
            int kind = data.TokenTypes.Count == 0 ? VocabularyData.NormalToken : data.TokenTypes[id];
            _special[id] = kind is VocabularyData.ControlToken or VocabularyData.UnknownToken;
            bool plain = _special[id] || kind == VocabularyData.UserDefinedToken;
            _ = _ids.TryAdd(_tokens[id], id);
            _bytes[id] = (plain ? null : ByteLevelAlphabet.ToBytes(_tokens[id])) ?? Encoding.UTF8.GetBytes(_tokens[id]);
            if (_special[id])
            {
                special.Add((_tokens[id], id));
            }
            else if (plain)
            {
                added.Add((_tokens[id], id));
            }
        }

        for (int value = 0; value < 256; value++)
        {
            _idOfByte[value] = _ids.GetValueOrDefault(ByteLevelAlphabet.ToChar((byte)value).ToString(), -1);
        }

        _merger = new BytePairMerger(data.Merges, _ids);
        _specialMatcher = new TokenMatcher(special);
        _addedMatcher = new TokenMatcher(added);
        _addBegin = data is { AddBegin: true, BeginToken: not null };
        _addEnd = data is { AddEnd: true, EndToken: not null };
        (BeginToken, EndToken, PaddingToken) = (data.BeginToken, data.EndToken, data.PaddingToken);
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int VocabularySize => _tokens.Length;

    public int? BeginToken { get; }

    public int? EndToken { get; }

    public int? PaddingToken { get; }

    public int[] Encode(string text, bool parseSpecial, bool addSpecial)
    {
        var ids = new List<int>((text.Length / 3) + 2);
        Walk(text, parseSpecial, addSpecial, ids, spans: null);
        return [.. ids];
    }

    public TokenSpan[] EncodeWithOffsets(string text, bool parseSpecial, bool addSpecial)
    {
        var spans = new List<TokenSpan>((text.Length / 3) + 2);
        Walk(text, parseSpecial, addSpecial, ids: null, spans);
        return [.. spans];
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(ids.Length * 4, 1));
        foreach (int id in ids)
        {
            if (!(skipSpecial && IsSpecial(id)))
            {
                bytes.Write(TokenBytes(id));
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public ReadOnlySpan<byte> TokenBytes(int id, bool first = false) => _bytes[Known(id)];

    public bool IsSpecial(int id) => _special[Known(id)];

    public string TokenText(int id) => Encoding.UTF8.GetString(_bytes[Known(id)]);

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public bool TryFindSpecial(ReadOnlySpan<char> text, out int start, out int length, out int id) =>
        _specialMatcher.TryFind(text, out start, out length, out id);

    private int Known(int id) => (uint)id < (uint)_tokens.Length
        ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids run from 0 to {_tokens.Length - 1}.");

    // Exactly one of the two lists is given: offsets cost a map of bytes to characters, and no cache can hold them.
    private void Walk(string text, bool parseSpecial, bool addSpecial, List<int>? ids, List<TokenSpan>? spans)
    {
        if (text.Length > ITokenizer.TextLengthMax)
        {
            throw new ArgumentException(
                $"The text has {text.Length:N0} UTF-16 units; at most {ITokenizer.TextLengthMax:N0} are tokenised at once.",
                nameof(text));
        }

        if (addSpecial && _addBegin)
        {
            ids?.Add(BeginToken!.Value);
            spans?.Add(new TokenSpan(BeginToken!.Value, 0, 0));
        }

        Cut(text, 0, parseSpecial ? _specialMatcher : null, ids, spans);
        if (addSpecial && _addEnd)
        {
            ids?.Add(EndToken!.Value);
            spans?.Add(new TokenSpan(EndToken!.Value, text.Length, text.Length));
        }
    }

    // Special tokens cut the text first, then tokens that were added and are text, then the pattern.
    private void Cut(ReadOnlySpan<char> text, int offset, TokenMatcher? matcher, List<int>? ids, List<TokenSpan>? spans)
    {
        TokenMatcher current = matcher ?? _addedMatcher;
        while (current.TryFind(text, out int start, out int length, out int id))
        {
            Rest(text[..start], offset);
            ids?.Add(id);
            spans?.Add(new TokenSpan(id, offset + start, offset + start + length));
            text = text[(start + length)..];
            offset += start + length;
        }

        Rest(text, offset);

        void Rest(ReadOnlySpan<char> part, int partOffset)
        {
            if (matcher is not null)
            {
                Cut(part, partOffset, matcher: null, ids, spans);
                return;
            }

            while (part.Length > 0)
            {
                int length = _pattern.NextLength(part);
                Piece(part[..length], partOffset, ids, spans);
                part = part[length..];
                partOffset += length;
            }
        }
    }

    private void Piece(ReadOnlySpan<char> piece, int offset, List<int>? ids, List<TokenSpan>? spans)
    {
        bool cached = ids is not null && piece.Length <= CachedPieceLengthMax;
        if (cached && _cacheBySpan.TryGetValue(piece, out int[]? known))
        {
            ids!.AddRange(known);
            return;
        }

        int byteCount = Encoding.UTF8.GetByteCount(piece);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(byteCount);
        BytePairMerger.Symbol[] symbols = ArrayPool<BytePairMerger.Symbol>.Shared.Rent(byteCount);
        _ = Encoding.UTF8.GetBytes(piece, bytes);

        // A byte that has no token vanishes, and its neighbours may merge.
        int count = 0;
        for (int i = 0; i < byteCount; i++)
        {
            int id = _idOfByte[bytes[i]];
            if (id >= 0)
            {
                symbols[count] = new() { Id = id, Start = i, End = i + 1, Previous = count - 1, Next = count + 1 };
                count++;
            }
        }

        if (count > 0)
        {
            symbols[count - 1].Next = -1;
            Span<BytePairMerger.Symbol> used = symbols.AsSpan(0, count);
            _merger.Merge(used);
            int first = ids?.Count ?? 0;
            int[]? unitOfByte = spans is null ? null : UnitsOfBytes(piece, byteCount);
            for (int i = 0; i >= 0; i = used[i].Next)
            {
                ids?.Add(used[i].Id);
                spans?.Add(new TokenSpan(
                    used[i].Id, offset + unitOfByte![used[i].Start], offset + EndOfCharacter(piece, unitOfByte[used[i].End - 1])));
            }

            if (cached && Volatile.Read(ref _cached) < CachedPiecesMax
                && _cacheBySpan.TryAdd(piece, [.. ids!.GetRange(first, ids.Count - first)]))
            {
                _ = Interlocked.Increment(ref _cached);
            }
        }

        ArrayPool<BytePairMerger.Symbol>.Shared.Return(symbols);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    // The UTF-16 unit in which the character of each byte begins.
    private static int[] UnitsOfBytes(ReadOnlySpan<char> piece, int byteCount)
    {
        int[] units = new int[byteCount];
        int at = 0;
        for (int unit = 0; unit < piece.Length;)
        {
            _ = Rune.DecodeFromUtf16(piece[unit..], out Rune rune, out int size);
            units.AsSpan(at, rune.Utf8SequenceLength).Fill(unit);
            at += rune.Utf8SequenceLength;
            unit += size;
        }

        return units;
    }

    private static int EndOfCharacter(ReadOnlySpan<char> piece, int unit)
    {
        _ = Rune.DecodeFromUtf16(piece[unit..], out _, out int size);
        return unit + size;
    }
}
