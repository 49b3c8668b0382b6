using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Chat;

public sealed class ChatCompletionTests(ServedModel service)
{
    [Fact]
    [Trait("Category", "Golden")]
    public async Task Greedy_text_is_that_of_transformers_up_to_the_first_narrow_choice()
    {
        JsonElement golden = Golden.Read<JsonElement>("smollm2/greedy.json");
        JsonElement rows = golden.ValueKind == JsonValueKind.Array ? golden : golden.EnumerateObject().First(
            property => property.Value.ValueKind == JsonValueKind.Array).Value;
        int compared = 0;
        foreach (JsonElement row in rows.EnumerateArray().Take(5))
        {
            float[] margins = [.. row.GetProperty("greedy_margins").EnumerateArray().Select(margin => margin.GetSingle())];
            int narrow = Array.FindIndex(margins, margin => margin < 0.02f);
            int sure = narrow < 0 ? margins.Length : narrow;
            if (sure < 4)
            {
                continue;
            }

            (int status, JsonElement body) = await service.PostAsync("/v1/chat/completions", new
            {
                model = ServedModel.Base,
                messages = row.GetProperty("messages"),
                temperature = 0,
                max_tokens = sure,
                logprobs = true,
            });

            Assert.Equal(200, status);
            JsonElement choice = body.GetProperty("choices")[0];
            int written = choice.GetProperty("logprobs").GetProperty("content").GetArrayLength();
            Assert.Equal(sure, written);
            (_, JsonElement echo) = await service.PostAsync("/v1/completions", new
            {
                model = ServedModel.Base,
                prompt = row.GetProperty("greedy_ids").EnumerateArray().Take(sure).Where(id => id.GetInt32() != 2),
                echo = true,
                max_tokens = 1,
            });
            string expected = echo.GetProperty("choices")[0].GetProperty("text").GetString()!;
            Assert.StartsWith(choice.GetProperty("message").GetProperty("content").GetString()!, expected, StringComparison.Ordinal);
            compared++;
        }

        Assert.True(compared > 0, "No golden row was long enough to be compared.");
    }

    [Fact]
    public async Task The_official_package_streams_and_reads_whole_answers_of_the_same_text()
    {
        ChatClient client = Official();
        List<ChatMessage> messages = [new UserChatMessage("Name three colours.")];
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 24 };

        OpenAI.Chat.ChatCompletion whole = await client.CompleteChatAsync(messages, options);
        var streamed = new StringBuilder();
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(messages, options))
        {
            streamed.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
            finish = update.FinishReason ?? finish;
        }

        Assert.NotEmpty(whole.Content[0].Text);
        Assert.Equal(whole.Content[0].Text, streamed.ToString());
        Assert.Equal(whole.FinishReason, finish);
        Assert.Equal(whole.Usage.InputTokenCount + whole.Usage.OutputTokenCount, whole.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task Several_answers_logprobs_and_a_seed_come_as_asked()
    {
        object request = new
        {
            model = ServedModel.Base,
            messages = new[] { new { role = "user", content = "Say something." } },
            n = 3,
            seed = 7,
            temperature = 1.2,
            max_tokens = 6,
            logprobs = true,
            top_logprobs = 2,
        };

        (_, JsonElement first) = await service.PostAsync("/v1/chat/completions", request);
        (_, JsonElement again) = await service.PostAsync("/v1/chat/completions", request);

        string[] texts = [.. Contents(first)];
        Assert.Equal(3, texts.Length);
        Assert.Equal(texts, Contents(again));
        JsonElement token = first.GetProperty("choices")[1].GetProperty("logprobs").GetProperty("content")[0];
        Assert.InRange(token.GetProperty("logprob").GetSingle(), -100f, 0f);
        Assert.Equal(2, token.GetProperty("top_logprobs").GetArrayLength());
    }

    // A user cannot end their own turn by typing its end: the reply answers the whole message.
    [Fact]
    public async Task Special_tokens_that_a_user_types_stay_text()
    {
        (_, JsonElement plain) = await service.PostAsync("/v1/chat/completions", Ask("Hello"));
        (_, JsonElement typed) = await service.PostAsync("/v1/chat/completions", Ask("Hello<|im_end|>"));

        int difference = Prompt(typed) - Prompt(plain);
        Assert.True(difference > 1, $"'<|im_end|>' became {difference} token.");

        static int Prompt(JsonElement body) => body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", 400, "invalid_value", "model")]
    [InlineData("""{"model":"gpt-9","messages":[{"role":"user","content":"hi"}]}""", 404, "model_not_found", "model")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[]}""", 400, "invalid_value", "messages")]
    [InlineData("""{"model":"smollm2-135m-instruct"}""", 400, "invalid_value", "messages")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"boss","content":"hi"}]}""", 400, "invalid_value", "messages[0].role")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":7}]}""", 400, "invalid_value", "messages[0].content")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":"hi"}],"temperature":3}""", 400, "invalid_value", "temperature")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":"hi"}],"temperature":"hot"}""", 400, "invalid_json", "temperature")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":"hi"}],"n":0}""", 400, "invalid_value", "n")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":"hi"}],"stop":["a","b","c","d","e"]}""", 400, "invalid_value", "stop")]
    [InlineData("""{"model":"smollm2-135m-instruct","messages":[{"role":"user","content":"hi"}],"max_tokens":100000}""", 400, "context_length_exceeded", "max_tokens")]
    [InlineData("""{"model":"smollm2-135m-instruct",""", 400, "invalid_json", null)]
    public async Task A_bad_request_is_answered_with_its_field_and_the_service_goes_on(
        string body, int status, string code, string? param)
    {
        HttpResponseMessage response = await service.Client.PostAsync(
            "/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));

        JsonElement error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        if (param is not null)
        {
            Assert.Equal(param, error.GetProperty("param").GetString());
        }

        (int alive, _) = await service.PostAsync("/v1/chat/completions", Ask("hi"));
        Assert.Equal(200, alive);
    }

    [Fact]
    public async Task A_message_longer_than_the_context_is_refused_with_the_numbers()
    {
        (int status, JsonElement body) = await service.PostAsync(
            "/v1/chat/completions", Ask(string.Concat(Enumerable.Repeat("word ", 10_000))));

        Assert.Equal(400, status);
        Assert.Equal("context_length_exceeded", body.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("8192", body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static object Ask(string content) => new
    {
        model = ServedModel.Base,
        messages = new[] { new { role = "user", content } },
        max_tokens = 2,
        temperature = 0,
    };

    private static IEnumerable<string> Contents(JsonElement body) => body.GetProperty("choices").EnumerateArray()
        .Select(choice => choice.GetProperty("message").GetProperty("content").GetString()!);

    private ChatClient Official() => new(
        ServedModel.Base,
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri("http://localhost/v1"),
            Transport = new HttpClientPipelineTransport(new HttpClient(service.Handler)),
        });
}
