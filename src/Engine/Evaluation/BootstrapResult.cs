namespace Ratchet.Engine.Evaluation;

/// <summary>How far a candidate is from a champion on the same examples, and how sure that is.</summary>
/// <param name="Difference">Mean of the candidate minus mean of the champion.</param>
/// <param name="Lower">Lower bound of the interval.</param>
/// <param name="Upper">Upper bound of the interval.</param>
/// <param name="Confidence">Share of resamples inside the interval, such as 0.95.</param>
/// <param name="NotGreaterProbability">Share of resamples whose difference is not above 0, counted so that it is never 0.</param>
/// <param name="TwoSidedProbability">Chance of a difference at least as far from 0 in either direction.</param>
/// <param name="Count">Examples.</param>
/// <param name="Rounds">Resamples.</param>
public sealed record BootstrapResult(
    double Difference,
    double Lower,
    double Upper,
    double Confidence,
    double NotGreaterProbability,
    double TwoSidedProbability,
    int Count,
    int Rounds);
