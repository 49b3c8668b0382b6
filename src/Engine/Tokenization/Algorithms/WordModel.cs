namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>Each piece is a token or is unknown (WordLevel).</summary>
internal sealed class WordModel(Vocabulary vocabulary, int unknown) : ITokenModel
{
    public void Encode(NormalizedText text, int start, int length, TokenWriter output)
    {
        int id = vocabulary.Find(text.Chars.Slice(start, length));
        output.Add(id < 0 ? unknown : id, text, start, start + length);
    }
}
