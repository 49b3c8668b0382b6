using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Ratchet.RagService.Index;
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
                GoldenNumber.Near("retrieval/nearest.json", expected.Scores[i], found[i].Similarity, CosineTolerance, 0, "a cosine");
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void The_best_by_dot_product_are_those_of_the_reference_ties_included()
    {
        Reference reference = Golden.Read<Reference>("retrieval/nearest.json");
        float[] vectors = Floats("retrieval/vectors.bin");
        float[] queries = Floats("retrieval/queries.bin");
        int width = reference.Dimension;
        for (int query = 0; query < reference.Queries; query++)
        {
            var best = new TopList<int>(reference.K);
            for (int i = 0; i < reference.Count; i++)
            {
                best.Offer(i, TensorPrimitives.Dot<float>(queries.AsSpan(query * width, width), vectors.AsSpan(i * width, width)), i);
            }

            IReadOnlyList<(int Item, double Score)> found = best.Take();
            Ranking expected = reference.Results[query].Dot;
            Assert.Equal(expected.Ids, found.Select(match => match.Item));
            Assert.Equal(expected.Scores, found.Select(match => match.Score));
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

    private sealed record Result(Ranking Dot, Ranking Cosine);

    private sealed record Ranking(List<int> Ids, List<double> Scores);
}
