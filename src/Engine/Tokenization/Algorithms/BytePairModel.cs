using System.Buffers;
using System.Text;

namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>Byte-pair encoding, on bytes as GPT-2 has it or on characters as SentencePiece has it.</summary>
/// <remarks>Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; bytes as symbols: Radford et al. 2019, section 2.2.</remarks>
internal sealed class BytePairModel : ITokenModel
{
    private const char Mark = '▁';

    // A number that no merge knows, for characters that are in no token.
    private const int Stranger = int.MaxValue;

    private readonly Vocabulary _vocabulary;
    private readonly BytePairMerges _merges;
    private readonly BytePairSettings _settings;
    private readonly int[] _idOfByte = [];
    private readonly int[] _idOfUnit = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _letters;
    private readonly int[]? _byteTokens;
    private readonly bool _cutsAtMarks;
    private readonly PieceCache _cache = new();

    internal BytePairModel(Vocabulary vocabulary, BytePairMerges merges, BytePairSettings settings, Dictionary<string, int>? letters = null)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _settings = settings;
        _letters = (letters ?? []).GetAlternateLookup<ReadOnlySpan<char>>();
        if (settings.IsByteLevel)
        {
            _idOfByte = new int[256];
            for (int value = 0; value < _idOfByte.Length; value++)
            {
                _idOfByte[value] = vocabulary.Find([ByteLevelAlphabet.ToChar((byte)value)]);
            }

            return;
        }

        _byteTokens = settings.FallsBackToBytes ? vocabulary.ByteTokens() : null;
        _idOfUnit = new int[char.MaxValue + 1];
        for (int unit = 0; unit < _idOfUnit.Length; unit++)
        {
            _idOfUnit[unit] = Symbol([(char)unit]);
        }

        _cutsAtMarks = vocabulary.Find([Mark]) >= 0 && !merges.Results.Any(id => Crosses(vocabulary[id]!));
    }

    public void Encode(NormalizedText text, int start, int length, TokenWriter output)
    {
        if (!_cutsAtMarks)
        {
            Word(text, start, length, output);
            return;
        }

        // No merge makes a token that holds a mark after another character: none can cross the place before a mark.
        ReadOnlySpan<char> chars = text.Chars.Slice(start, length);
        int from = 0;
        while (from < length)
        {
            int to = from;
            while (to < length && chars[to] == Mark)
            {
                to++;
            }

            int next = chars[to..].IndexOf(Mark);
            to = next < 0 ? length : to + next;
            Word(text, start + from, to - from, output);
            from = to;
        }
    }

    private static bool Crosses(string token)
    {
        int last = token.LastIndexOf(Mark);
        return last > 0 && token.AsSpan(0, last).ContainsAnyExcept(Mark);
    }

    private int Symbol(ReadOnlySpan<char> character) => _vocabulary.Find(character) is >= 0 and int id
        ? id
        : _letters.TryGetValue(character, out int letter) ? letter : Stranger;

    private void Word(NormalizedText text, int start, int length, TokenWriter output)
    {
        ReadOnlySpan<char> word = text.Chars.Slice(start, length);
        if (_cache.TryWrite(text, start, length, output))
        {
            return;
        }

        int from = output.Count;
        if (_settings.IsByteLevel)
        {
            Bytes(text, start, word, output);
        }
        else if (!(_settings.IgnoresMerges && WholeWord(word, output, text, start)))
        {
            Characters(text, start, word, output);
        }

        _cache.Keep(text, start, length, output, from);
    }

    private bool WholeWord(ReadOnlySpan<char> spelling, TokenWriter output, NormalizedText text, int start)
    {
        int id = _vocabulary.Find(spelling);
        if (id >= 0)
        {
            output.Add(id, text, start, start + spelling.Length);
        }

        return id >= 0;
    }

    private void Bytes(NormalizedText text, int start, ReadOnlySpan<char> word, TokenWriter output)
    {
        int count = Encoding.UTF8.GetByteCount(word);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
        BytePairMerges.Symbol[] symbols = ArrayPool<BytePairMerges.Symbol>.Shared.Rent(count);
        _ = Encoding.UTF8.GetBytes(word, bytes);
        if (!(_settings.IgnoresMerges && WholeBytes(bytes.AsSpan(0, count), word.Length, output, text, start)))
        {
            // A byte that has no token is unknown or vanishes; where it vanishes its neighbours may merge.
            int used = 0;
            for (int i = 0; i < count; i++)
            {
                int id = _idOfByte[bytes[i]];
                id = id < 0 ? _settings.UnknownToken ?? -1 : id;
                if (id >= 0)
                {
                    symbols[used] = new() { Id = id, Start = i, End = i + 1, Previous = used - 1, Next = used + 1 };
                    used++;
                }
            }

            if (used > 0)
            {
                symbols[used - 1].Next = -1;
                _merges.Merge(symbols.AsSpan(0, used));
                int[]? unitOfByte = output.Tracks ? UnitsOfBytes(word, count) : null;
                for (int i = 0; i >= 0; i = symbols[i].Next)
                {
                    ref readonly BytePairMerges.Symbol symbol = ref symbols[i];
                    output.Add(
                        symbol.Id, text,
                        start + (unitOfByte?[symbol.Start] ?? 0),
                        start + (unitOfByte is null ? 0 : EndOfCharacter(word, unitOfByte[symbol.End - 1])));
                }
            }
        }

        ArrayPool<BytePairMerges.Symbol>.Shared.Return(symbols);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    private bool WholeBytes(ReadOnlySpan<byte> bytes, int length, TokenWriter output, NormalizedText text, int start)
    {
        if (bytes.Length > 256)
        {
            return false;
        }

        Span<char> spelling = stackalloc char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            spelling[i] = ByteLevelAlphabet.ToChar(bytes[i]);
        }

        int id = _vocabulary.Find(spelling);
        if (id >= 0)
        {
            output.Add(id, text, start, start + length);
        }

        return id >= 0;
    }

    private void Characters(NormalizedText text, int start, ReadOnlySpan<char> word, TokenWriter output)
    {
        BytePairMerges.Symbol[] symbols = ArrayPool<BytePairMerges.Symbol>.Shared.Rent(word.Length);
        int used = 0;
        for (int at = 0; at < word.Length;)
        {
            int size = char.IsHighSurrogate(word[at]) && at + 1 < word.Length ? 2 : 1;
            int id = size == 1 ? _idOfUnit[word[at]] : Symbol(word.Slice(at, 2));
            symbols[used] = new() { Id = id, Start = at, End = at + size, Previous = used - 1, Next = used + 1 };
            used++;
            at += size;
        }

        symbols[used - 1].Next = -1;
        _merges.Merge(symbols.AsSpan(0, used));
        bool wasUnknown = false;
        for (int i = 0; i >= 0; i = symbols[i].Next)
        {
            BytePairMerges.Symbol symbol = symbols[i];
            if (symbol.Id < _vocabulary.Size)
            {
                output.Add(symbol.Id, text, start + symbol.Start, start + symbol.End);
                wasUnknown = false;
            }
            else if (_byteTokens is not null)
            {
                WriteBytes(word[symbol.Start..symbol.End], text, start + symbol.Start, output);
                wasUnknown = false;
            }
            else if (_settings.UnknownToken is { } unknown)
            {
                if (wasUnknown && _settings.FusesUnknown)
                {
                    output.Widen(text, start + symbol.End);
                }
                else
                {
                    output.Add(unknown, text, start + symbol.Start, start + symbol.End);
                }

                wasUnknown = true;
            }
        }

        ArrayPool<BytePairMerges.Symbol>.Shared.Return(symbols);
    }

    private void WriteBytes(ReadOnlySpan<char> character, NormalizedText text, int start, TokenWriter output)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte value in bytes[..Encoding.UTF8.GetBytes(character, bytes)])
        {
            output.Add(_byteTokens![value], text, start, start + character.Length);
        }
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
