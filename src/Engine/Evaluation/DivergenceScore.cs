namespace Ratchet.Engine.Evaluation;

/// <summary>Kullback-Leibler divergences, in nats a token.</summary>
/// <param name="Mean">Over all positions.</param>
/// <param name="Max">The largest of one position.</param>
/// <param name="PositionCount">Positions compared.</param>
public sealed record DivergenceScore(double Mean, double Max, int PositionCount);
