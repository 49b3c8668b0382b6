namespace Ratchet.Contracts.Rag;

/// <summary>A chunk that was found.</summary>
/// <param name="Score">The fused score that orders the hits.</param>
/// <param name="DenseRank">Place in the list by meaning, from 1; absent where it is not among the candidates.</param>
/// <param name="DenseScore">Cosine of question and chunk.</param>
/// <param name="KeywordRank">Place in the list by words, from 1.</param>
/// <param name="KeywordScore">BM25 score.</param>
public sealed record SearchHit(
    ChunkRecord Chunk,
    DocumentReference Document,
    double Score,
    int? DenseRank = null,
    double? DenseScore = null,
    int? KeywordRank = null,
    double? KeywordScore = null)
{
    /// <summary>The passage as <see cref="GroundedPrompt"/> shows it: to people who chat and to adapters that learn alike.</summary>
    public PromptChunk ToPromptChunk() => new(Document.Title ?? Document.Key, Chunk.Text);
}
