namespace Ratchet.Engine.Models;

/// <summary>The next tokens of one sequence, to be run in a pass with pieces of others.</summary>
/// <param name="Cache">What the sequence has seen; the piece is appended to it.</param>
/// <param name="Tokens">At least one.</param>
/// <param name="Adapter">The adapter of this sequence, or null for the base.</param>
/// <param name="Rows">Which logits are wanted.</param>
/// <param name="Targets">
/// For <see cref="IInferenceBackend.Score"/>: the token whose probability is asked after each of <paramref name="Tokens"/>, or -1; empty where none is.
/// </param>
public readonly record struct SequencePiece(
    ISequenceCache Cache, ReadOnlyMemory<int> Tokens, ILowRankAdapter? Adapter = null, LogitRows Rows = LogitRows.Last,
    ReadOnlyMemory<int> Targets = default);
