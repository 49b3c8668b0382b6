using Ratchet.Engine.Tokenization.Normalization;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Puts a space before text that does not begin with one (ByteLevel's add_prefix_space).</summary>
internal sealed class PrefixSpacePreTokenizer : IPreTokenizer
{
    private readonly PrependNormalizer _prepend = new(" ");

    public void Split(Piece piece, List<Piece> pieces)
    {
        if (piece.Chars.StartsWith(' '))
        {
            pieces.Add(piece);
            return;
        }

        NormalizedText text = _prepend.Normalize(piece.Alone());
        pieces.Add(new Piece(text, 0, text.Length));
    }
}
