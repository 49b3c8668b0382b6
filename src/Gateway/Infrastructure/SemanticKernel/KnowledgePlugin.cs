using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Chat;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>The documents of the business, for a model to look things up in.</summary>
internal sealed class KnowledgePlugin(KernelSession session, RagClient rag, IOptions<GatewayOptions> options)
{
    public const string Name = "knowledge";
    public const string Search = "search";
    public const string Ask = "ask";
    public const string Cite = "cite";

    private const int PassagesMax = 10;
    private const string Question = """<message role="user">{{$question}}</message>""";

    [KernelFunction(Search)]
    [Description("Searches the documents of the business and returns the best passages with their ids. Use it before you answer a question about the business.")]
    public async Task<string> SearchAsync(
        [Description("What to look for, in the words of the question.")] string query,
        [Description("How many passages, from 1 to 10; 3 if you leave it out.")] int count = 3,
        [Description("The collection to search; leave it out to search all.")] string? collection = null,
        CancellationToken cancellation = default)
    {
        SearchResponse found = await rag.SearchAsync(
            new SearchRequest(query, collection ?? options.Value.Collection, Math.Clamp(count, 1, PassagesMax)), cancellation);
        session.Findings.Add(found.Data);
        if (found.Data.Count == 0)
        {
            return "Nothing was found. Say that the documents do not tell.";
        }

        var text = new StringBuilder();
        if (!found.Answerable)
        {
            text.AppendLine("None of these passages seems to answer the question; say so unless one does.");
        }

        foreach (SearchHit hit in found.Data)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"[{hit.Chunk.Id}] {hit.Document.Title ?? hit.Document.Key}");
            text.AppendLine(hit.Chunk.Text);
        }

        return text.ToString();
    }

    [KernelFunction(Ask)]
    [Description("Answers one question from the documents of the business, with its sources. Use it for a question that can stand alone.")]
    public async Task<string> AskAsync(
        Kernel kernel,
        [Description("The whole question, understandable without the conversation.")] string question,
        [Description("The collection to search; leave it out to search all.")] string? collection = null,
        CancellationToken cancellation = default)
    {
        var settings = new PromptExecutionSettings
        {
            ExtensionData = new Dictionary<string, object>
            {
                ["retrieval"] = collection is null ? true : new Dictionary<string, string> { ["collection"] = collection },
            },
        };
        int before = session.Findings.Hits.Count;
        string? answer = await kernel.InvokePromptAsync<string>(
            Question, new KernelArguments(settings) { ["question"] = question }, cancellationToken: cancellation);
        IEnumerable<string> sources = session.Findings.Hits.Skip(before).Select(Source).Distinct();
        return $"{answer}\nSources: {string.Join("; ", sources.DefaultIfEmpty("none"))}";
    }

    [KernelFunction(Cite)]
    [Description("Gives title and link of a passage that search or ask has found, to name it as a source.")]
    public string CiteSource([Description("The id in square brackets, for example chunk-12ab-1-0.")] string passage)
    {
        string id = passage.Trim().Trim('[', ']');
        return session.Findings.Hits.FirstOrDefault(hit => hit.Chunk.Id == id) is { } hit
            ? Source(hit)
            : $"No passage '{id}' was found in this conversation. Known ids: "
                + string.Join(", ", session.Findings.Hits.Select(known => known.Chunk.Id).DefaultIfEmpty("none, search first")) + ".";
    }

    private string Source(SearchHit hit) => $"{hit.Document.Title ?? hit.Document.Key} <{Grounding.Url(hit, session.Site)}>";
}
