namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Cuts text into the pieces inside which an algorithm works.</summary>
internal interface IPreTokenizer
{
    /// <summary>Appends the pieces of <paramref name="piece"/>, none of them empty.</summary>
    void Split(Piece piece, List<Piece> pieces);
}
