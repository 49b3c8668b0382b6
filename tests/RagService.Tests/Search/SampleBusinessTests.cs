using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Search;

/// <summary>The sample business, with the bundled encoder, in a process as it is served.</summary>
public sealed class SampleBusinessTests : IDisposable
{
    // Two passages go into a prompt; the right document must mostly be among them, or nothing can be learned from it.
    private const int PassageCount = 2;
    private const double RecallMin = 0.85;

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Questions_find_the_passage_of_their_document_and_others_find_no_answer()
    {
        using RagProcess rag = await RagProcess.StartAsync(_folder);
        string business = Path.Combine(SourceTree.Root, "samples", "business");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(business, "documents")))
        {
            await using FileStream content = File.OpenRead(file);
            await rag.Rag.UploadDocumentAsync(content, Path.GetFileName(file), new DocumentUpload("millrace"));
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        while ((await rag.Rag.GetStatsAsync(patience.Token)).Documents.GetValueOrDefault(DocumentStates.Indexing) > 0)
        {
            await Task.Delay(50, patience.Token);
        }

        List<Question> questions = Questions(Path.Combine(business, "held_out.jsonl"));
        (int found, int answerable) = await AskAsync(rag, questions);
        (int foundChinese, _) = await AskAsync(rag, Questions(Path.Combine(business, "chinese.jsonl")));
        (_, int answerableGeneral) = await AskAsync(rag, General());

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"recall@{PassageCount} {found}/{questions.Count}, answerable {answerable}/{questions.Count}; "
            + $"Chinese {foundChinese}/12; general questions called answerable {answerableGeneral}/100");
        Assert.InRange((double)found / questions.Count, RecallMin, 1);
        Assert.InRange((double)answerable / questions.Count, 0.8, 1);
        Assert.InRange(foundChinese, 9, 12);
        Assert.InRange(answerableGeneral, 0, 15);
    }

    private static async Task<(int Found, int Answerable)> AskAsync(RagProcess rag, List<Question> questions)
    {
        int found = 0;
        int answerable = 0;
        foreach (Question question in questions)
        {
            SearchResponse response = await rag.Rag.SearchAsync(
                new SearchRequest(question.Text, "millrace", TopK: PassageCount));
            found += response.Data.Any(hit => hit.Document.Key == question.DocumentKey) ? 1 : 0;
            answerable += response.Answerable ? 1 : 0;
        }

        return (found, answerable);
    }

    private static List<Question> Questions(string path) =>
        [.. File.ReadLines(path).Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<ExampleInput>(line, WireJson.Options)!)
            .Select(input => new Question(input.Question!, input.DocumentKey))];

    private static List<Question> General() =>
        [.. File.ReadLines(Path.Combine(SourceTree.Root, "samples", "general", "probe.jsonl")).Where(line => line.Length > 0)
            .Select(line => new Question(
                JsonElement.Parse(line).GetProperty("messages").EnumerateArray()
                    .First(message => message.GetProperty("role").GetString() == "user").GetProperty("content").GetString()!,
                null))];

    private sealed record Question(string Text, string? DocumentKey);
}
