using Ratchet.Engine.Tokenization.Normalization;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>SentencePiece's spaces as tokenizer.json has them: a mark instead of each, and one before the text.</summary>
/// <param name="mark">Stands for a space.</param>
/// <param name="prefix">Where a mark is put before a part: always, first (only at the start of the text) or never.</param>
/// <param name="splits">Whether each mark begins a piece.</param>
internal sealed class MetaspacePreTokenizer(char mark, MetaspacePrefix prefix, bool splits) : IPreTokenizer
{
    private readonly PrependNormalizer _prepend = new(mark.ToString());
    private readonly ReplaceNormalizer _replace = new(new TextDelimiter(" "), mark.ToString());
    private readonly DelimiterPreTokenizer _split = new(new TextDelimiter(mark.ToString()), SplitBehavior.MergedWithNext);

    public void Split(Piece piece, List<Piece> pieces)
    {
        bool isFirst = piece.Start == 0 && piece.Text.IsFirst;
        NormalizedText text = _replace.Normalize(piece.Alone());
        if (text.Length > 0 && text.Chars[0] != mark && (prefix == MetaspacePrefix.Always || (prefix == MetaspacePrefix.First && isFirst)))
        {
            text = _prepend.Normalize(text);
        }

        var whole = new Piece(text, 0, text.Length);
        if (splits)
        {
            _split.Split(whole, pieces);
        }
        else if (text.Length > 0)
        {
            pieces.Add(whole);
        }
    }
}
