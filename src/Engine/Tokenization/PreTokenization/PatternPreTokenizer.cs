namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Makes a piece of each match of a pattern.</summary>
internal sealed class PatternPreTokenizer(IWordPattern pattern) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> pieces)
    {
        ReadOnlySpan<char> text = piece.Chars;
        for (int at = 0; at < text.Length;)
        {
            int length = pattern.NextLength(text[at..]);
            pieces.Add(piece.Part(at, length));
            at += length;
        }
    }
}
