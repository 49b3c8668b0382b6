namespace Ratchet.Engine.Models;

/// <summary>The next tokens of one sequence, to be run in a pass with pieces of others.</summary>
/// <param name="Cache">What the sequence has seen; the piece is appended to it.</param>
/// <param name="Tokens">At least one.</param>
/// <param name="Adapter">The adapter of this sequence, or null for the base.</param>
/// <param name="Rows">Which logits are wanted.</param>
/// <param name="Targets">
/// For <see cref="IInferenceBackend.Score"/>: the token whose probability is asked after each of <paramref name="Tokens"/>, or -1; empty where none is.
/// </param>
/// <param name="IsSampled">
/// Whether the model has written these tokens in this answer, one after the other; else they were read, as prompts are. A backend may compute the two
/// kinds in different numbers: which kind a token is must not depend on what else is in the pass.
/// </param>
public readonly record struct SequencePiece(
    ISequenceCache Cache, ReadOnlyMemory<int> Tokens, ILowRankAdapter? Adapter = null, LogitRows Rows = LogitRows.Last,
    ReadOnlyMemory<int> Targets = default, bool IsSampled = false);
