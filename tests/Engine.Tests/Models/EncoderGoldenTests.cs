using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>The bundled encoder against transformers in float32.</summary>
[Collection(KernelSettings.Name)]
[Trait("Category", "Golden")]
public sealed class EncoderGoldenTests
{
    // golden/minilm/README.md
    private const float Atol = 1e-4f;
    private const float CosineMin = 0.99999f;
    private const float Int8CosineMin = 0.9994f;

    // Eight bits of fraction in place of int8's seven and a scale: nearer than any quantised path.
    private const float Bfloat16CosineMin = 0.9999f;

    private sealed record Case(string Text, int[] Ids, float[] Embedding);

    [Fact]
    public void Embeddings_match_transformers_alone_and_in_a_batch()
    {
        Case[] golden = Golden.Read<Case[]>("minilm/embeddings.json");
        using var runner = new EncoderRunner(Bundled.Encoder, Precision.Float32, golden.Sum(c => c.Ids.Length));
        int size = Bundled.Encoder.Config.HiddenSize;
        float[] together = new float[golden.Length * size];
        runner.Embed([.. golden.Select(c => new ReadOnlyMemory<int>(c.Ids))], together);
        for (int i = 0; i < golden.Length; i++)
        {
            float[] alone = new float[size];
            runner.Embed([golden[i].Ids], alone);
            GoldenNumber.Close("minilm: embeddings", golden[i].Embedding, alone, Atol, golden[i].Text);
            Assert.InRange(TensorPrimitives.Dot<float>(golden[i].Embedding, alone), CosineMin, 1.001f);
            Assert.Equal(alone, together[(i * size)..((i + 1) * size)]);
        }
    }

    [Fact]
    public void Bfloat16_is_nearer_to_float32_than_int8()
    {
        int size = Bundled.Encoder.Config.HiddenSize;
        using var runner = new EncoderRunner(Bundled.Encoder, Precision.BFloat16, 512);
        foreach (Case golden in Golden.Read<Case[]>("minilm/embeddings.json"))
        {
            float[] actual = new float[size];
            runner.Embed([golden.Ids], actual);
            Assert.InRange(TensorPrimitives.Dot<float>(golden.Embedding, actual), Bfloat16CosineMin, 1.001f);
        }
    }

    // What is rounded, biased and bent on the way from product to product knows no neighbour either.
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public void A_text_has_the_same_bits_alone_and_in_a_batch_on_any_number_of_threads(Precision precision)
    {
        Case[] golden = Golden.Read<Case[]>("minilm/embeddings.json");
        using var runner = new EncoderRunner(Bundled.Encoder, precision, golden.Sum(c => c.Ids.Length));
        int size = Bundled.Encoder.Config.HiddenSize;
        float[] together = new float[golden.Length * size];
        KernelSettings.With(VectorPath.Width, 3, () => runner.Embed([.. golden.Select(c => new ReadOnlyMemory<int>(c.Ids))], together));
        for (int i = 0; i < golden.Length; i++)
        {
            float[] alone = new float[size];
            KernelSettings.With(VectorPath.Width, 1, () => runner.Embed([golden[i].Ids], alone));
            Assert.Equal(alone, together[(i * size)..((i + 1) * size)]);
        }
    }

    [Fact]
    public void Int8_is_no_farther_from_float32_than_llama_cpp()
    {
        int size = Bundled.Encoder.Config.HiddenSize;
        using var runner = new EncoderRunner(Bundled.Encoder, Precision.Int8, 512);
        // llama.cpp's bound leaves the empty text out: of [CLS] [SEP] alone any rounding shows.
        foreach (Case golden in Golden.Read<Case[]>("minilm/embeddings.json").Where(c => c.Text.Length > 0))
        {
            float[] actual = new float[size];
            runner.Embed([golden.Ids], actual);
            Assert.InRange(TensorPrimitives.Dot<float>(golden.Embedding, actual), Int8CosineMin, 1.001f);
        }
    }
}
