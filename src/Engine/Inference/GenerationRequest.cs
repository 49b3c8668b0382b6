using Ratchet.Engine.Models;

namespace Ratchet.Engine.Inference;

/// <summary>One answer to write.</summary>
/// <param name="Prompt">Ids, at least one.</param>
/// <param name="Config">How to write it.</param>
/// <param name="Adapter">The adapter to write it with; null for the base. Must live until the answer has ended.</param>
/// <param name="AdapterId">Exact id of the adapter, or "" for the base: what caches are keyed by.</param>
public sealed record GenerationRequest(
    ReadOnlyMemory<int> Prompt, GenerationConfig Config, ILowRankAdapter? Adapter, string AdapterId);
