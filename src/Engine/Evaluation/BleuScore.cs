namespace Ratchet.Engine.Evaluation;

/// <summary>BLEU with what it is made of; percent where it says so.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Precisions">In percent, for runs of 1 to 4 words; smoothed ones where nothing matched.</param>
/// <param name="BrevityPenalty">From 0 to 1, below 1 where predictions are shorter than references.</param>
/// <param name="PredictionLength">Words.</param>
/// <param name="ReferenceLength">Words of the reference nearest in length, the shorter one on a tie.</param>
/// <param name="Matches">Runs that the references have too.</param>
/// <param name="Totals">Runs of the predictions.</param>
public sealed record BleuScore(
    double Score,
    IReadOnlyList<double> Precisions,
    double BrevityPenalty,
    int PredictionLength,
    int ReferenceLength,
    IReadOnlyList<int> Matches,
    IReadOnlyList<int> Totals);
