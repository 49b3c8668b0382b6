using System.Runtime.CompilerServices;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Http;

/// <summary>The RagService over its client.</summary>
public sealed class RagKnowledge(IHttpClientFactory clients) : IKnowledge
{
    /// <summary>The named client that this one uses.</summary>
    public const string ClientName = "rag";

    private const int PageSize = 100;

    private RagClient Rag => new(clients.CreateClient(ClientName));

    public Task<BatchRecord> SealAsync(string collection, string include, string key, CancellationToken cancellation) =>
        Rag.SealBatchAsync(new SealBatchRequest(collection, include, $"cycle {key}", "trainer"), key, cancellation);

    public Task<BatchRecord> BatchAsync(string id, CancellationToken cancellation) => Rag.GetBatchAsync(id, cancellation);

    public async Task<IReadOnlyList<BatchRecord>> BatchesAsync(CancellationToken cancellation)
    {
        var all = new List<BatchRecord>();
        string? after = null;
        while (true)
        {
            ListResponse<BatchRecord> page = await Rag.GetBatchesAsync(PageSize, after, cancellation);
            all.AddRange(page.Data);
            if (!page.HasMore || page.Data.Count == 0)
            {
                return all;
            }

            after = page.Data[^1].Id;
        }
    }

    public Task<byte[]> ContentAsync(string batch, CancellationToken cancellation) =>
        Rag.GetBatchContentAsync(batch, cancellation);

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(
        string question, string collection, int count, CancellationToken cancellation) =>
        (await Rag.SearchAsync(new SearchRequest(question, collection, count), cancellation)).Data;

    public async Task<IReadOnlyList<ChunkRecord>> ChunksAsync(string document, CancellationToken cancellation)
    {
        try
        {
            return (await Rag.GetChunksAsync(document, cancellation)).Data;
        }
        catch (RagRequestException e) when (e.Status == 404)
        {
            return [];
        }
    }

    public async IAsyncEnumerable<ExampleRecord> HeldOutAsync(
        string collection, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = new ExampleQuery(
            $"{ExampleStates.Approved},{ExampleStates.Edited}", Splits.HeldOut, collection, Limit: PageSize);
        await foreach (ExampleRecord example in Rag.GetAllExamplesAsync(query, cancellation))
        {
            yield return example;
        }
    }

    public Task<KnowledgeStats> StatsAsync(CancellationToken cancellation) => Rag.GetStatsAsync(cancellation);
}
