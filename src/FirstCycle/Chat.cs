using System.Diagnostics;
using System.Net.Http.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.FirstCycle;

/// <summary>Asks through the Gateway as any program would.</summary>
internal sealed class Chat(HttpClient http)
{
    private const int TokensMax = 32;

    public async Task<Answer> AskAsync(string question, string model, CancellationToken cancellation)
    {
        var request = new ChatCompletionRequest
        {
            Model = model,
            Messages = [ChatMessage.FromText("user", question)],
            MaxCompletionTokens = TokensMax,
            Temperature = 0,
            Retrieval = System.Text.Json.JsonSerializer.SerializeToElement(new { collection = SampleBusiness.Collection }),
        };
        var watch = Stopwatch.StartNew();
        using HttpResponseMessage response =
            await http.PostAsJsonAsync("v1/chat/completions", request, WireJson.Options, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new StepFailedException(
                $"The chat was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}");
        }

        ChatCompletion completion = (await response.Content.ReadFromJsonAsync<ChatCompletion>(WireJson.Options, cancellation))!;
        AssistantMessage message = completion.Choices[0].Message;
        return new Answer(
            (message.Content ?? "").Trim(), completion.Model, [.. message.Annotations.Select(DocumentOf).Distinct()],
            [.. message.Annotations.Select(annotation => annotation.UrlCitation.Title).Distinct()], watch.Elapsed);
    }

    // A citation's address is the document's page: .../knowledge/{document}#{chunk}.
    private static string DocumentOf(Annotation annotation) =>
        Uri.UnescapeDataString(new Uri(annotation.UrlCitation.Url).Segments[^1]);
}
