namespace Ratchet.Contracts.Rag;

/// <summary>Answer of POST /v1/search, best hit first.</summary>
/// <param name="Answerable">Whether the knowledge seems to hold an answer: the best hits are near enough.</param>
/// <param name="Generation">Grows with every change of the index: a cache key.</param>
public sealed record SearchResponse(IReadOnlyList<SearchHit> Data, bool Answerable, long Generation, double Milliseconds)
{
    public string Object { get; init; } = "list";
}
