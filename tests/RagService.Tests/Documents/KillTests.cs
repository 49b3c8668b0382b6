using System.Collections.Concurrent;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Documents;

public sealed class KillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_service_killed_while_it_writes_has_lost_nothing_that_it_acknowledged()
    {
        var documents = new ConcurrentDictionary<string, DocumentRecord>();
        var examples = new ConcurrentBag<ExampleRecord>();
        using (RagProcess rag = await RagProcess.StartAsync(_folder))
        {
            Task[] writers = [.. Enumerable.Range(0, 4).Select(writer => WriteAsync(rag, writer, documents, examples))];
            while (documents.Count < 12)
            {
                await Task.Delay(20);
            }

            await rag.KillAsync();
            await Task.WhenAll(writers);
        }

        using RagProcess revived = await RagProcess.StartAsync(_folder);
        foreach ((string key, DocumentRecord document) in documents)
        {
            Assert.Equal(key, (await revived.Rag.GetDocumentAsync(document.Id)).Key);
        }

        foreach (ExampleRecord example in examples)
        {
            Assert.Equal(example.Question, (await revived.Rag.GetExampleAsync(example.Id)).Question);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        KnowledgeStats stats;
        do
        {
            await Task.Delay(50, patience.Token);
            stats = await revived.Rag.GetStatsAsync(patience.Token);
        }
        while (stats.Documents.GetValueOrDefault(DocumentStates.Indexing) > 0);

        SearchResponse found = await revived.Rag.SearchAsync(new SearchRequest("What does tool 0-1 cost?", TopK: 3));
        Assert.Contains(found.Data, hit => hit.Document.Key == "tool-0-1");
    }

    private static async Task WriteAsync(
        RagProcess rag, int writer, ConcurrentDictionary<string, DocumentRecord> documents, ConcurrentBag<ExampleRecord> examples)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                string key = $"tool-{writer}-{i}";
                documents[key] = await rag.Rag.PushDocumentAsync(new DocumentPush($"Tool {writer}-{i} costs {i} coins a day.", key));
                ExamplesAdded added = await rag.Rag.AddExamplesAsync(new ExamplesRequest(
                    [new ExampleInput($"What does tool {writer}-{i} cost?", $"{i} coins.", DocumentKey: key)]));
                examples.Add(added.Data[0]);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed in the middle of a request: that one was not acknowledged.
        }
    }
}
