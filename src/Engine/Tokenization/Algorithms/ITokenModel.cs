namespace Ratchet.Engine.Tokenization.Algorithms;

/// <summary>The algorithm that turns a piece of text into ids. May be used by several threads at once.</summary>
internal interface ITokenModel
{
    /// <summary>Writes the ids of a part of <paramref name="text"/>, which is not empty.</summary>
    void Encode(NormalizedText text, int start, int length, TokenWriter output);
}
