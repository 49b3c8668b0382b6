namespace Ratchet.Engine.Evaluation;

/// <summary>How surprised a model is by texts, per token.</summary>
/// <param name="NegativeLogLikelihood">Mean over all tokens, in nats.</param>
/// <param name="Perplexity">exp of that mean.</param>
/// <param name="BitsPerToken">The mean in bits.</param>
/// <param name="TokenCount">Tokens of all sequences.</param>
/// <param name="SequenceNegativeLogLikelihoods">Mean over the tokens of each sequence, in nats.</param>
/// <param name="MeanSequencePerplexity">Mean of the sequences' own perplexities, where a short one weighs as much as a long one.</param>
public sealed record PerplexityScore(
    double NegativeLogLikelihood,
    double Perplexity,
    double BitsPerToken,
    int TokenCount,
    IReadOnlyList<double> SequenceNegativeLogLikelihoods,
    double MeanSequencePerplexity);
