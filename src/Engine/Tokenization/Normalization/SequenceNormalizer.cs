namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Several normalisers, one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<ITextNormalizer> stages) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        foreach (ITextNormalizer stage in stages)
        {
            text = stage.Normalize(text);
        }

        return text;
    }
}
