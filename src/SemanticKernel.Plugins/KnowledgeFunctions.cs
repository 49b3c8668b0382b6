using System.ComponentModel;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.SemanticKernel;

namespace Ratchet.SemanticKernel.Plugins;

/// <summary>The plugin <c>knowledge</c>: looking things up in the gateway's documents.</summary>
internal sealed class KnowledgeFunctions(GatewayConnection gateway, RatchetOptions options)
{
    private const int PassagesMax = 10;

    public KernelPlugin AsPlugin() => KernelPluginFactory.CreateFromFunctions(
        "knowledge",
        "The documents of the business: search them, have questions answered from them, and name the sources.",
        [
            KernelFunctionFactory.CreateFromMethod(SearchAsync, "search"),
            KernelFunctionFactory.CreateFromMethod(AskAsync, "ask"),
            KernelFunctionFactory.CreateFromMethod(CiteAsync, "cite"),
        ]);

    [Description("Searches the documents of the business and returns the best passages, each with its document's id. Use it before you answer a question about the business.")]
    private Task<string> SearchAsync(
        [Description("What to look for, in the words of the question.")] string query,
        [Description("How many passages, from 1 to 10; 3 if you leave it out.")] int count = 3,
        [Description("The collection to search; leave it out to search all.")] string? collection = null,
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            JsonNode found = await gateway.PostAsync(
                "v1/search",
                new JsonObject { ["query"] = query, ["top_k"] = Math.Clamp(count, 1, PassagesMax), ["collection"] = collection ?? options.Collection },
                cancellation).ConfigureAwait(false);
            JsonArray hits = found["data"] as JsonArray ?? [];
            if (hits.Count == 0)
            {
                return "Nothing was found. Say that the documents do not tell.";
            }

            var text = new StringBuilder();
            if ((bool?)found["answerable"] == false)
            {
                text.AppendLine("None of these passages seems to answer the question; say so unless one does.");
            }

            foreach (JsonNode? hit in hits)
            {
                text.Append('[').Append((string?)hit?["document"]?["id"]).Append("] ").AppendLine(Title(hit?["document"]));
                text.AppendLine((string?)hit?["chunk"]?["text"]);
            }

            return text.ToString();
        });

    [Description("Answers one question from the documents of the business, with its sources. Use it for a question that can stand alone.")]
    private Task<string> AskAsync(
        [Description("The whole question, understandable without the conversation.")] string question,
        [Description("The collection to search; leave it out to search all.")] string? collection = null,
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            string? place = collection ?? options.Collection;
            JsonNode answer = await gateway.PostAsync(
                "v1/chat/completions",
                new JsonObject
                {
                    ["model"] = options.Model,
                    ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
                    ["retrieval"] = place is null ? true : new JsonObject { ["collection"] = place },
                },
                cancellation).ConfigureAwait(false);
            JsonNode? message = answer["choices"]?[0]?["message"];
            IEnumerable<string> sources = (message?["annotations"] as JsonArray ?? [])
                .Select(annotation => annotation?["url_citation"])
                .Select(citation => $"{(string?)citation?["title"]} <{(string?)citation?["url"]}>")
                .Distinct();
            return $"{(string?)message?["content"]}\nSources: {string.Join("; ", sources.DefaultIfEmpty("none"))}";
        });

    [Description("Gives title and link of a document that search has found, to name it as a source.")]
    private Task<string> CiteAsync(
        [Description("The document's id in square brackets, for example doc-12ab.")] string document,
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            string id = Uri.EscapeDataString(document.Trim().Trim('[', ']'));
            JsonNode found = await gateway.GetAsync($"v1/documents/{id}", cancellation).ConfigureAwait(false);
            return $"{Title(found)} <{gateway.Address}knowledge/{id}>";
        });

    private static string Title(JsonNode? document) => (string?)document?["title"] ?? (string?)document?["key"] ?? "untitled";
}
