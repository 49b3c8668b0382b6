using System.Globalization;
using Ratchet.RagService.Tests.Search;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>
/// Measures the sample business with the bundled encoder, whoever ranks by words and whoever fuses: minutes of embedding, so it
/// is run by name: <c>./test --project RagService.Tests --explicit only --filter-class "*QdrantSampleBusinessTests"</c>.
/// </summary>
public sealed class QdrantSampleBusinessTests : IDisposable
{
    private const int PassageCount = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Explicit = true)]
    public async Task The_passage_is_found_as_often_whoever_ranks_by_words()
    {
        await using FakeQdrant server = await FakeQdrant.StartAsync();
        var found = new List<int>();
        foreach ((string hybrid, string version) in new[] { ("service", "1.17.0"), ("auto", "1.17.0"), ("server", "1.17.0"), ("server", "1.16.0") })
        {
            server.Version = version;
            using RagProcess rag = await RagProcess.StartAsync(_folder, new Dictionary<string, string>
            {
                ["ConnectionStrings:qdrant"] = string.Create(CultureInfo.InvariantCulture, $"Endpoint=http://127.0.0.1:{server.Port}"),
                ["Qdrant:Hybrid"] = hybrid,
                ["Qdrant:Exact"] = "true",
                ["Qdrant:RetryEvery"] = "00:00:00.050",
            });
            if (found.Count == 0)
            {
                await SampleBusiness.UploadAsync(rag.Rag);
            }

            bool isHybrid = hybrid != "service";
            await Waiting.UntilAsync(() => server.Memory.Read(memory =>
                memory.Collections.Count == 1 && memory.Collections.Values.All(one => one.Made.SparseVectorsConfig is not null == isHybrid)));
            server.Calls.Clear();
            (int heldOut, int answerable) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.HeldOut, PassageCount);
            (int chinese, _) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.Chinese, PassageCount);
            (_, int general) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.General, PassageCount);
            Assert.Equal([isHybrid ? "Points/QueryBatch" : "Points/Query"], server.Calls.Where(call => call.StartsWith("Points/Query", StringComparison.Ordinal)).Distinct());
            found.Add(heldOut);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{hybrid}, server {version}: recall@{PassageCount} {heldOut}/{SampleBusiness.HeldOut.Count}, Chinese {chinese}/12, "
                + $"answerable {answerable}, general questions called answerable {general}");
        }

        // The service's own ranking is the one that the settings were chosen with; the rest may lose a question in twenty to it.
        Assert.All(found, heldOut => Assert.InRange(heldOut, found[0] - (SampleBusiness.HeldOut.Count / 20), SampleBusiness.HeldOut.Count));
    }
}
