using System.Globalization;
using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Qdrant;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>The whole service with its vectors in Qdrant, which comes and goes.</summary>
public sealed class QdrantServiceTests
{
    [Fact]
    public async Task Documents_are_found_by_meaning_through_Qdrant_and_forgotten_there()
    {
        await using FakeQdrant server = await FakeQdrant.StartAsync();
        await using RagUnderTest rag = Rag(server);
        DocumentRecord bicycles = await rag.PushAsync("bicycles", "A bicycle has two wheels.");
        DocumentRecord boats = await rag.PushAsync("boats", "A boat has no wheels at all.");

        SearchResponse found = await rag.Rag.SearchAsync(new SearchRequest("bicycle wheels", Mode: "dense"));
        await rag.Rag.DeleteDocumentAsync(bicycles.Id);

        Assert.Equal("bicycles", found.Data[0].Document.Key);
        await Waiting.UntilAsync(() => Holds(server, boats));
        Assert.Equal(["boats"], (await rag.Rag.SearchAsync(new SearchRequest("bicycle wheels", Mode: "dense"))).Data.Select(hit => hit.Document.Key));
    }

    [Fact]
    public async Task While_Qdrant_is_away_documents_are_taken_and_found_by_words_and_it_catches_up_when_it_returns()
    {
        await using FakeQdrant server = await FakeQdrant.StartAsync();
        await using RagUnderTest rag = Rag(server);
        DocumentRecord early = await rag.PushAsync("early", "The early document speaks of lanterns.");
        DocumentRecord kept = await rag.PushAsync("kept", "The kept document speaks of anchors.");
        await Waiting.UntilAsync(() => Holds(server, early, kept));
        int port = server.Port;
        await server.DisposeAsync();

        DocumentRecord late = await rag.PushAsync("late", "The late document speaks of compasses.");
        await rag.Rag.DeleteDocumentAsync(early.Id);
        SearchResponse byWords = await rag.Rag.SearchAsync(new SearchRequest("compasses"));
        RagRequestException refused = await Assert.ThrowsAsync<RagRequestException>(
            () => rag.Rag.SearchAsync(new SearchRequest("compasses", Mode: "dense")));
        string health = await rag.Http.GetStringAsync("/health");

        Assert.Equal("late", byWords.Data[0].Document.Key);
        Assert.Null(byWords.Data[0].DenseRank);
        Assert.Equal((503, "vectors_not_available"), (refused.Status, refused.Code));
        Assert.Contains("does not answer", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Degraded", health, StringComparison.OrdinalIgnoreCase);

        await using FakeQdrant again = await FakeQdrant.StartAsync(port, server.Memory);
        await Waiting.UntilAsync(() => Holds(again, kept, late));
        await Waiting.UntilAsync(async () =>
            (await rag.Rag.SearchAsync(new SearchRequest("compasses"))).Data is [{ Document.Key: "late", DenseRank: 1 }, ..]);
    }

    [Fact]
    public async Task A_server_that_was_never_there_does_not_keep_the_service_from_starting()
    {
        int port;
        await using (FakeQdrant gone = await FakeQdrant.StartAsync())
        {
            port = gone.Port;
        }

        await using var rag = new RagUnderTest(Settings(port));
        await rag.PushAsync("lanterns", "The document speaks of lanterns.");

        Assert.Equal(["lanterns"], await rag.FoundAsync("lanterns"));
        using HttpResponseMessage health = await rag.Http.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task The_service_as_it_is_served_starts_with_Qdrant_and_ranks_in_it()
    {
        // With its own encoder, which the other tests replace: what is registered for it must not need what needs it.
        string folder = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;
        try
        {
            await using FakeQdrant server = await FakeQdrant.StartAsync();
            using RagProcess rag = await RagProcess.StartAsync(folder, Settings(server.Port));
            DocumentRecord lanterns = await rag.Rag.PushDocumentAsync(new DocumentPush("A lantern costs three coins a day.", "lanterns"));
            await Waiting.UntilAsync(() => Holds(server, lanterns));

            await Waiting.UntilAsync(async () => (await rag.Rag.SearchAsync(new SearchRequest("What does a lantern cost?"))).Data is
                [{ Document.Key: "lanterns", DenseRank: 1, KeywordRank: 1 }]);
            Assert.Contains("Points/QueryBatch", server.Calls);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_restart_sends_nothing_again_and_an_emptied_server_is_filled()
    {
        await using FakeQdrant server = await FakeQdrant.StartAsync();
        RagUnderTest first = Rag(server);
        DocumentRecord lanterns = await first.PushAsync("lanterns", "The document speaks of lanterns.");
        CatchingUpVectorStore store = first.Services.GetRequiredService<CatchingUpVectorStore>();
        await Waiting.UntilAsync(() => Holds(server, lanterns) && !store.IsBehind);
        server.Memory.Upserts.Clear();
        server.Calls.Clear();
        RagUnderTest second = await first.RestartAsync(Settings(server.Port));
        await Waiting.UntilAsync(() => server.Calls.Contains("Points/Scroll"));
        Assert.Equal(["lanterns"], await second.FoundAsync("lanterns"));
        Assert.Empty(server.Memory.Upserts);

        server.Memory.Collections.Clear();
        server.Memory.Aliases.Clear();
        Assert.Equal(["lanterns"], await second.FoundAsync("lanterns"));
        await Waiting.UntilAsync(() => Holds(server, lanterns));
        await second.DisposeAsync();
    }

    [Fact]
    public async Task A_failing_search_is_answered_by_words_in_the_same_moment()
    {
        await using FakeQdrant server = await FakeQdrant.StartAsync();
        await using RagUnderTest rag = Rag(server);
        await rag.PushAsync("lanterns", "The document speaks of lanterns.");
        server.Fail("Points/QueryBatch", StatusCode.Internal, "Service internal error: segment is corrupt");

        SearchResponse found = await rag.Rag.SearchAsync(new SearchRequest("lanterns"));

        Assert.Equal("lanterns", Assert.Single(found.Data).Document.Key);
        Assert.NotNull(found.Data[0].KeywordRank);
        Assert.Null(found.Data[0].DenseRank);
    }

    [Theory]
    [InlineData("Endpoint=http://localhost:6334;Key=secret", "http://localhost:6334/", "secret")]
    [InlineData("endpoint=https://q.example:443 ; key= ", "https://q.example/", null)]
    [InlineData("http://localhost:6334", "http://localhost:6334/", null)]
    public void A_connection_string_is_read_as_the_host_writes_it(string text, string endpoint, string? key)
    {
        var connection = QdrantConnection.Parse(text, "qdrant");

        Assert.Equal((new Uri(endpoint), key), (connection.Endpoint, connection.Key));
    }

    [Theory]
    [InlineData("", "names no endpoint")]
    [InlineData("Key=secret", "names no endpoint")]
    [InlineData("Endpoint=localhost", "no address")]
    [InlineData("Endpoint=http://localhost:6334;Color=blue", "the field 'color'")]
    public void A_connection_string_that_is_none_is_refused_with_one_that_is(string text, string why)
    {
        FormatException refusal = Assert.Throws<FormatException>(() => QdrantConnection.Parse(text, "qdrant"));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__qdrant=Endpoint=http://host:6334;Key=secret", refusal.Message, StringComparison.Ordinal);
    }

    private static RagUnderTest Rag(FakeQdrant server) => new(Settings(server.Port));

    private static Dictionary<string, string> Settings(int port) => new()
    {
        ["ConnectionStrings:qdrant"] = string.Create(CultureInfo.InvariantCulture, $"Endpoint=http://127.0.0.1:{port}"),
        ["Qdrant:RetryEvery"] = "00:00:00.050",
    };

    private static string[] Held(FakeQdrant server) => server.Memory.Read(memory => memory.Collections.Values
        .SelectMany(collection => collection.Points.Values)
        .Select(point => point.Payload["document"].StringValue)
        .Distinct()
        .Order(StringComparer.Ordinal)
        .ToArray());

    private static bool Holds(FakeQdrant server, params DocumentRecord[] documents) =>
        Held(server).SequenceEqual(documents.Select(document => document.Id).Order(StringComparer.Ordinal));
}
