using System.Buffers;
using System.Text;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization;

/// <summary>A tokenizer of parts: added tokens, normaliser, pre-tokenizer, algorithm, template, spelling.</summary>
/// <remarks>
/// Added tokens cut the text first; each part between them is normalised, cut by added tokens that are themselves normalised,
/// cut into pieces, and turned into ids piece by piece. The order is that of Hugging Face's tokenizers.
/// </remarks>
internal sealed class TextTokenizer : ITokenizer
{
    private readonly TokenizerParts _parts;
    private readonly bool[] _special;
    private readonly AddedTokenMatcher _rawWithSpecial;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalizedWithSpecial;
    private readonly AddedTokenMatcher _normalized;
    private readonly AddedTokenMatcher _specialOnly;

    internal TextTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _special = new bool[parts.Vocabulary.Size];
        foreach (AddedToken token in parts.Added.Where(token => token.IsSpecial))
        {
            _special[token.Id] = true;
        }

        _rawWithSpecial = new(parts.Added.Where(token => token.NormalizedText is null));
        _raw = new(parts.Added.Where(token => token.NormalizedText is null && !token.IsSpecial));
        AddedToken[] normalized =
        [
            .. parts.Added.Where(token => token.NormalizedText is not null).Select(token => token with { Text = token.NormalizedText! }),
        ];
        _normalizedWithSpecial = new(normalized);
        _normalized = new(normalized.Where(token => !token.IsSpecial));
        _specialOnly = new(parts.Added.Where(token => token.IsSpecial));
    }

    public int VocabularySize => _parts.Vocabulary.Size;

    public int? BeginToken => _parts.BeginToken;

    public int? EndToken => _parts.EndToken;

    public int? PaddingToken => _parts.PaddingToken;

    public int[] Encode(string text, bool parseSpecial, bool addSpecial) => Write(text, parseSpecial, addSpecial, tracks: false).ToIds();

    public TokenSpan[] EncodeWithOffsets(string text, bool parseSpecial, bool addSpecial)
    {
        TokenSpan[] spans = Write(text, parseSpecial, addSpecial, tracks: true).ToSpans();
        if (_parts.TrimsOffsets)
        {
            for (int i = 0; i < spans.Length; i++)
            {
                spans[i] = Trimmed(text, spans[i]);
            }
        }

        return spans;
    }

    /// <summary>Encodes as the files ask for: with special tokens, cut and filled up.</summary>
    /// <exception cref="ArgumentException">There are two texts and the model takes no pairs.</exception>
    internal EncodedText EncodeAsConfigured(string text, string? second = null) =>
        EncodePair(text, second, _parts.TokensMax, _parts.PaddedLength);

    /// <summary>Encodes one text or two with special tokens.</summary>
    /// <param name="text">The first text; special tokens in it are parsed.</param>
    /// <param name="second">The second, or null.</param>
    /// <param name="tokensMax">Ids at most; the longer text loses its end first. Null cuts nothing.</param>
    /// <param name="paddedLength">Ids at least; padding fills up. Null fills nothing up.</param>
    /// <exception cref="ArgumentException">There are two texts and the model takes no pairs.</exception>
    internal EncodedText EncodePair(string text, string? second, int? tokensMax, int? paddedLength)
    {
        bool isPair = second is not null;
        IReadOnlyList<SpecialTokenTemplate.Part> template = (isPair ? _parts.Template.Pair : _parts.Template.Single)
            ?? throw new ArgumentException("This model takes no pairs of texts: its template has none. Give one text.", nameof(second));
        int[][] sequences = isPair ? [Body(text), Body(second!)] : [Body(text)];
        if (tokensMax is { } most)
        {
            CutLongest(sequences, most - _parts.Template.AddedCount(isPair), _parts.CutsLeft);
        }

        var ids = new List<int>();
        var types = new List<int>();
        foreach (SpecialTokenTemplate.Part part in template)
        {
            int[] added = part.Sequence < 0 ? [part.Id] : sequences[part.Sequence];
            ids.AddRange(added);
            types.AddRange(Enumerable.Repeat(part.TypeId, added.Length));
        }

        int count = ids.Count;
        int missing = Math.Max((paddedLength ?? 0) - count, 0);
        int place = _parts.PadsLeft ? 0 : count;
        ids.InsertRange(place, Enumerable.Repeat(PaddingToken ?? 0, missing));
        types.InsertRange(place, Enumerable.Repeat(0, missing));
        int first = _parts.PadsLeft ? missing : 0;
        return new([.. ids], [.. types], [.. ids.Select((_, i) => i >= first && i < first + count ? 1 : 0)]);

        int[] Body(string part) => Encode(part, parseSpecial: true, addSpecial: false);
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(ids.Length * 4, 1));
        bool first = true;
        foreach (int id in ids)
        {
            if (!(skipSpecial && IsSpecial(id)))
            {
                bytes.Write(TokenBytes(id, first));
                first = false;
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public ReadOnlySpan<byte> TokenBytes(int id, bool first = false) =>
        first ? _parts.Spelling.First(Known(id)) : _parts.Spelling.Within(Known(id));

    public bool IsSpecial(int id) => _special[Known(id)];

    public string TokenText(int id) => Encoding.UTF8.GetString(_parts.Spelling.Within(Known(id)));

    public int? IdOf(string token) => _parts.Vocabulary.Find(token) is >= 0 and int id ? id : null;

    public bool TryFindSpecial(ReadOnlySpan<char> text, out int start, out int length, out int id) =>
        _specialOnly.TryFind(text, 0, out start, out length, out id);

    // The shorter keeps all of itself up to half of the room, the longer takes the rest: longest_first of the reference.
    private static void CutLongest(int[][] sequences, int room, bool cutsLeft)
    {
        room = Math.Max(room, 0);
        if (sequences.Sum(part => part.Length) <= room)
        {
            return;
        }

        int[] sizes = [room];
        if (sequences.Length == 2)
        {
            bool isFirstShorter = sequences[0].Length <= sequences[1].Length;
            int small = sequences[isFirstShorter ? 0 : 1].Length;
            int large = room - small;
            if (large < small)
            {
                small = room / 2;
                large = small + (room % 2);
            }

            sizes = isFirstShorter ? [small, large] : [large, small];
        }

        for (int i = 0; i < sequences.Length; i++)
        {
            sequences[i] = cutsLeft ? sequences[i][^sizes[i]..] : sequences[i][..sizes[i]];
        }
    }

    private static TokenSpan Trimmed(string text, TokenSpan span)
    {
        (int start, int end) = (span.Start, span.End);
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return span with { Start = start, End = end };
    }

    private int Known(int id) => (uint)id < (uint)_special.Length
        ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids run from 0 to {_special.Length - 1}.");

    private TokenWriter Write(string text, bool parseSpecial, bool addSpecial, bool tracks)
    {
        if (text.Length > ITokenizer.TextLengthMax)
        {
            throw new ArgumentException(
                $"The text has {text.Length:N0} UTF-16 units; at most {ITokenizer.TextLengthMax:N0} are tokenised at once.",
                nameof(text));
        }

        var output = new TokenWriter((text.Length / 3) + 4, tracks);
        if (!addSpecial)
        {
            Body(text, parseSpecial, output);
            return output;
        }

        bool after = false;
        foreach (SpecialTokenTemplate.Part part in _parts.Template.Single)
        {
            if (part.Sequence < 0)
            {
                output.AddAt(part.Id, after ? text.Length : 0, after ? text.Length : 0);
            }
            else
            {
                Body(text, parseSpecial, output);
                after = true;
            }
        }

        return output;
    }

    private void Body(string text, bool parseSpecial, TokenWriter output)
    {
        ReadOnlyMemory<char> whole = WithoutHalves(text).AsMemory();
        AddedTokenMatcher raw = parseSpecial ? _rawWithSpecial : _raw;
        AddedTokenMatcher normalized = parseSpecial ? _normalizedWithSpecial : _normalized;
        int place = 0;
        while (raw.TryFind(whole.Span, place, out int start, out int length, out int id))
        {
            Part(place, start);
            output.AddAt(id, start, start + length);
            place = start + length;
        }

        Part(place, whole.Length);

        void Part(int from, int to)
        {
            if (from < to)
            {
                var part = NormalizedText.Original(whole[from..to], from, output.Tracks);
                Normalised(_parts.Normalizer is null ? part : _parts.Normalizer.Normalize(part), normalized, output);
            }
        }
    }

    private void Normalised(NormalizedText text, AddedTokenMatcher matcher, TokenWriter output)
    {
        int place = 0;
        while (matcher.TryFind(text.Chars, place, out int start, out int length, out int id))
        {
            Pieces(text.Slice(place, start - place), output);
            output.Add(id, text, start, start + length);
            place = start + length;
        }

        Pieces(text.Slice(place, text.Length - place), output);
    }

    private void Pieces(NormalizedText text, TokenWriter output)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (_parts.PreTokenizer is null)
        {
            _parts.Model.Encode(text, 0, text.Length, output);
            return;
        }

        var pieces = new List<Piece>((text.Length / 5) + 1);
        _parts.PreTokenizer.Split(new Piece(text, 0, text.Length), pieces);
        foreach (Piece piece in pieces)
        {
            _parts.Model.Encode(piece.Text, piece.Start, piece.Length, output);
        }
    }

    // Half of a surrogate pair is no character: it becomes U+FFFD, which is one unit too, so that places stay.
    private static string WithoutHalves(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        char[]? changed = null;
        for (int at = 0; at < text.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(at), out _, out int size);
            if (status != OperationStatus.Done)
            {
                changed ??= text.ToCharArray();
                changed.AsSpan(at, size).Fill('\uFFFD');
            }

            at += size;
        }

        return changed is null ? text : new string(changed);
    }
}
