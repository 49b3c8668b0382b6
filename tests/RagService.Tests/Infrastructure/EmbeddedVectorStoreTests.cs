using System.Globalization;
using System.Runtime.InteropServices;
using Ratchet.RagService.Infrastructure.Embedded;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Tests.Index;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Infrastructure;

public sealed class EmbeddedVectorStoreTests : VectorStoreContract, IDisposable
{
    private const double CosineTolerance = 1e-6;

    private readonly EmbeddedVectorStore _store = new();

    private protected override IVectorStore CreateEmpty() => _store;

    [Fact]
    [Trait("Category", "Golden")]
    public async Task Nearest_neighbours_by_cosine_are_those_of_the_reference()
    {
        Reference reference = Golden.Read<Reference>("retrieval/nearest.json");
        float[] vectors = Floats("retrieval/vectors.bin");
        float[] queries = Floats("retrieval/queries.bin");
        int width = reference.Dimension;
        await _store.UpsertAsync(
            [.. Enumerable.Range(0, reference.Count).Select(i => new VectorEntry(
                i.ToString(CultureInfo.InvariantCulture), KeywordIndexTests.Labels("d"), vectors.AsMemory(i * width, width)))],
            CancellationToken.None);

        for (int query = 0; query < reference.Queries; query++)
        {
            IReadOnlyList<VectorMatch> found = await _store.SearchAsync(
                queries.AsMemory(query * width, width), reference.K, ChunkFilter.None, CancellationToken.None);

            Ranking expected = reference.Results[query].Cosine;
            Assert.Equal(
                expected.Ids, found.Select(match => int.Parse(match.ChunkId, CultureInfo.InvariantCulture)));
            for (int i = 0; i < reference.K; i++)
            {
                Assert.Equal(expected.Scores[i], found[i].Similarity, CosineTolerance);
            }
        }
    }

    public void Dispose() => _store.Dispose();

    private static float[] Floats(string name)
    {
        using Stream stream = Golden.Open(name);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return MemoryMarshal.Cast<byte, float>(bytes.ToArray()).ToArray();
    }

    private sealed record Reference(int Count, int Dimension, int Queries, int K, List<Result> Results);

    private sealed record Result(Ranking Cosine);

    private sealed record Ranking(List<int> Ids, List<double> Scores);
}
