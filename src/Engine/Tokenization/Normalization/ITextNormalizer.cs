namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Changes text before it is cut.</summary>
internal interface ITextNormalizer
{
    /// <summary>The changed text; the same object where nothing changes.</summary>
    NormalizedText Normalize(NormalizedText text);
}
