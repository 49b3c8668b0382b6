using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.EndToEnd.Tests;

/// <summary>Chat requests over the Gateway.</summary>
public sealed class Chats(HttpClient http)
{
    public async Task<ChatCompletion> AskAsync(string question, string model = "auto", string? collection = null, int tokensMax = 32)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            "v1/chat/completions", Request(question, model, collection, tokensMax, stream: false), WireJson.Options);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize<ChatCompletion>(body, WireJson.Options)!;
    }

    /// <summary>Reads a whole streamed answer; every chunk must name the same model, and the last must say why it ends.</summary>
    /// <returns>The exact id that answered, and the text.</returns>
    public async Task<(string Model, string Text)> StreamAsync(string question, string model, int tokensMax)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(Request(question, model, collection: null, tokensMax, stream: true), options: WireJson.Options),
        };
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {response.ReasonPhrase}");

        string? answering = null, finish = null;
        var text = new StringBuilder();
        await foreach (ChatCompletionChunk chunk in ServerSentEvent.ReadAsync<ChatCompletionChunk>(await response.Content.ReadAsStreamAsync()))
        {
            Assert.Equal(answering ??= chunk.Model, chunk.Model);
            foreach (ChunkChoice choice in chunk.Choices)
            {
                text.Append(choice.Delta.Content);
                finish = choice.FinishReason ?? finish;
            }
        }

        Assert.NotNull(finish);
        return (answering!, text.ToString());
    }

    private static ChatCompletionRequest Request(string question, string model, string? collection, int tokensMax, bool stream) => new()
    {
        Model = model,
        Messages = [ChatMessage.FromText("user", question)],
        MaxCompletionTokens = tokensMax,
        Temperature = 0,
        Stream = stream,
        Retrieval = collection is null
            ? JsonSerializer.SerializeToElement(false)
            : JsonSerializer.SerializeToElement(new { collection, top_k = 2 }),
    };
}
