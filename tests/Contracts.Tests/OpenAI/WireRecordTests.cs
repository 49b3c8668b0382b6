using System.Text;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Contracts.Tests.OpenAI;

public sealed class WireRecordTests
{
    [Fact]
    public void A_request_keeps_the_fields_that_nobody_here_knows()
    {
        const string Text = """
            {"model":"auto","messages":[{"role":"user","content":"hi","cache_control":{"type":"x"}}],"service_tier":"flex","seed":7}
            """;

        ChatCompletionRequest request = JsonSerializer.Deserialize<ChatCompletionRequest>(Text, WireJson.Options)!;
        using var again = JsonDocument.Parse(JsonSerializer.Serialize(request, WireJson.Options));

        Assert.Equal("flex", again.RootElement.GetProperty("service_tier").GetString());
        Assert.Equal("x", again.RootElement.GetProperty("messages")[0].GetProperty("cache_control").GetProperty("type").GetString());
        Assert.False(again.RootElement.TryGetProperty("temperature", out _));
    }

    [Theory]
    [InlineData("\"plain\"", true, "plain")]
    [InlineData("""[{"type":"text","text":"a"},{"type":"text","text":"b"}]""", true, "ab")]
    [InlineData("""[{"type":"image_url","image_url":{"url":"x"}}]""", false, "")]
    [InlineData("7", false, "")]
    [InlineData("null", true, "")]
    public void The_text_of_a_message_is_its_string_or_its_text_parts(string content, bool isText, string expected)
    {
        ChatMessage message = JsonSerializer.Deserialize<ChatMessage>(
            $$"""{"role":"user","content":{{content}}}""", WireJson.Options)!;

        Assert.Equal(isText, message.TryGetText(out string text));
        Assert.Equal(expected, text);
    }

    [Fact]
    public void An_answer_writes_the_nulls_that_clients_read_and_our_trace_by_its_name()
    {
        var answer = new ChatCompletion
        {
            Id = "chatcmpl-1",
            Created = 1,
            Model = "m",
            Choices = [new ChatChoice { Index = 0, Message = new AssistantMessage { Content = null }, FinishReason = "stop" }],
            XRatchet = new RetrievalTrace { Adapter = "ft:a", Answerable = true },
        };

        string json = JsonSerializer.Serialize(answer, WireJson.Options);

        Assert.Contains("\"content\":null", json, StringComparison.Ordinal);
        Assert.Contains("\"logprobs\":null", json, StringComparison.Ordinal);
        Assert.Contains("\"x_ratchet\":{\"adapter\":\"ft:a\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_read_up_to_its_end_mark()
    {
        const string Text = "data: {\"id\":\"a\",\"object\":\"model\",\"created\":1,\"owned_by\":\"x\"}\n\n: pause\n\ndata: [DONE]\n\ndata: {}\n\n";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Text));

        var cards = new List<ModelCard>();
        await foreach (ModelCard card in ServerSentEvent.ReadAsync<ModelCard>(stream))
        {
            cards.Add(card);
        }

        Assert.Equal("a", Assert.Single(cards).Id);
    }
}
