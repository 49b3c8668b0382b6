using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Embeddings;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Embeddings;

public sealed class EmbeddingTests(ServedModel service)
{
    private const string Encoder = "all-minilm-l6-v2";

    [Fact]
    public async Task The_official_package_and_plain_numbers_give_the_same_unit_vectors()
    {
        var client = new EmbeddingClient(
            Encoder,
            new ApiKeyCredential("none"),
            new OpenAIClientOptions
            {
                Endpoint = new Uri("http://localhost/v1"),
                Transport = new HttpClientPipelineTransport(new HttpClient(service.Handler)),
            });

        OpenAIEmbeddingCollection official = await client.GenerateEmbeddingsAsync(["a red bicycle", "the tax office"]);
        (_, JsonElement plain) = await service.PostAsync(
            "/v1/embeddings", new { model = Encoder, input = "a red bicycle", encoding_format = "float" });

        float[] vector = [.. plain.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(n => n.GetSingle())];
        Assert.Equal(384, vector.Length);
        Assert.Equal(1f, vector.Sum(n => n * n), 4);
        TensorAssert.Close(vector, official[0].ToFloats().Span, 1e-5f, 0, "the same text in a batch and alone");
    }

    [Theory]
    [InlineData("""{"model":"all-minilm-l6-v2"}""")]
    [InlineData("""{"model":"all-minilm-l6-v2","input":[]}""")]
    [InlineData("""{"model":"all-minilm-l6-v2","input":[""]}""")]
    [InlineData("""{"model":"all-minilm-l6-v2","input":[[1,2]]}""")]
    [InlineData("""{"model":"all-minilm-l6-v2","input":"x","dimensions":7}""")]
    public async Task An_input_that_is_no_text_is_refused(string body)
    {
        (int status, JsonElement answer) = await service.PostAsync("/v1/embeddings", JsonSerializer.Deserialize<JsonElement>(body));

        Assert.Equal(400, status);
        Assert.Equal("invalid_value", answer.GetProperty("error").GetProperty("code").GetString());
    }
}
