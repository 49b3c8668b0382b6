namespace Ratchet.Engine.Evaluation;

/// <summary>A prompt with the beginning of its answer.</summary>
/// <param name="Ids">Tokens.</param>
/// <param name="Measured">The distributions after so many of the last tokens are compared: at least 1, and at most a pass of the backend.</param>
public sealed record DivergencePrompt(int[] Ids, int Measured);
