using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Search;

/// <summary>The sample business's documents, and what people ask about it.</summary>
internal static class SampleBusiness
{
    private const string Collection = "millrace";

    private static string Folder => Path.Combine(SourceTree.Root, "samples", "business");

    public static List<Question> HeldOut => Questions(Path.Combine(Folder, "held_out.jsonl"));

    public static List<Question> Chinese => Questions(Path.Combine(Folder, "chinese.jsonl"));

    /// <summary>Questions of everybody's, which the business does not answer.</summary>
    public static List<Question> General =>
        [.. File.ReadLines(Path.Combine(SourceTree.Root, "samples", "general", "probe.jsonl")).Where(line => line.Length > 0)
            .Select(line => new Question(
                JsonElement.Parse(line).GetProperty("messages").EnumerateArray()
                    .First(message => message.GetProperty("role").GetString() == "user").GetProperty("content").GetString()!,
                null))];

    public static async Task UploadAsync(RagClient rag)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Folder, "documents")))
        {
            await using FileStream content = File.OpenRead(file);
            await rag.UploadDocumentAsync(content, Path.GetFileName(file), new DocumentUpload(Collection));
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        while ((await rag.GetStatsAsync(patience.Token)).Documents.GetValueOrDefault(DocumentStates.Indexing) > 0)
        {
            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>How many questions find their document among the first passages, and how many are said to have an answer.</summary>
    public static async Task<(int Found, int Answerable)> AskAsync(RagClient rag, List<Question> questions, int passageCount)
    {
        int found = 0;
        int answerable = 0;
        foreach (Question question in questions)
        {
            SearchResponse response = await rag.SearchAsync(new SearchRequest(question.Text, Collection, TopK: passageCount));
            found += response.Data.Any(hit => hit.Document.Key == question.DocumentKey) ? 1 : 0;
            answerable += response.Answerable ? 1 : 0;
        }

        return (found, answerable);
    }

    private static List<Question> Questions(string path) =>
        [.. File.ReadLines(path).Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<ExampleInput>(line, WireJson.Options)!)
            .Select(input => new Question(input.Question!, input.DocumentKey))];

    /// <summary>A question and the document that answers it; null where none does.</summary>
    internal sealed record Question(string Text, string? DocumentKey);
}
