namespace Ratchet.Engine.Evaluation;

/// <summary>How well one class is told from the others.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Precision">Share of what was called so that is so; 0 where nothing was called so.</param>
/// <param name="Recall">Share of what is so that was called so; 0 where nothing is so.</param>
/// <param name="F1">Harmonic mean of both; 0 where both are.</param>
/// <param name="Support">Examples that are of this class.</param>
public sealed record ClassScore(string Label, double Precision, double Recall, double F1, int Support);
