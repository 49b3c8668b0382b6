namespace Ratchet.Engine.Evaluation;

/// <summary>ROUGE of one prediction, or the mean of several.</summary>
/// <param name="Rouge1">Shared words.</param>
/// <param name="Rouge2">Shared pairs of words.</param>
/// <param name="RougeL">Longest common subsequence, line breaks ignored.</param>
/// <param name="RougeLSum">Longest common subsequences line by line, as summaries are scored.</param>
public sealed record RougeScore(OverlapScore Rouge1, OverlapScore Rouge2, OverlapScore RougeL, OverlapScore RougeLSum);
