using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Tests.Models;

/// <summary>A llama of 2 blocks with random weights, small enough to train in a blink.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 96;

    public static DecoderModel Create(int seed = 1, ElementType type = ElementType.F32, int vocabulary = Vocabulary)
    {
        var random = new Random(seed);
        var config = new ModelConfig
        {
            Architecture = "llama",
            VocabularySize = vocabulary,
            HiddenSize = 32,
            FeedForwardSize = 64,
            LayerCount = 2,
            HeadCount = 4,
            KeyValueHeadCount = 2,
            HeadSize = 8,
            ContextLength = 128,
            NormEpsilon = 1e-5f,
            TiedEmbeddings = true,
            Rotary = new RotaryConfig { FrequencyBase = 10_000f, Size = 8 },
        };
        int index = 0;
        DecoderBlock[] blocks = [.. Enumerable.Range(0, config.LayerCount).Select(Block)];
        return new DecoderModel(config, Weight(vocabulary, 32), blocks, Norm("model.norm"), null);

        DecoderBlock Block(int layer) => new(
            Norm($"model.layers.{layer}.input_layernorm"),
            new Attention(
                [
                    Linear(layer, "self_attn.q_proj", 32, 32), Linear(layer, "self_attn.k_proj", 16, 32),
                    Linear(layer, "self_attn.v_proj", 16, 32),
                ],
                Linear(layer, "self_attn.o_proj", 32, 32)),
            Norm($"model.layers.{layer}.post_attention_layernorm"),
            new FeedForward(
                [Linear(layer, "mlp.gate_proj", 64, 32), Linear(layer, "mlp.up_proj", 64, 32)], Linear(layer, "mlp.down_proj", 32, 64)));

        NormLayer Norm(string name) => new(name, Ones(32), null, config.NormEpsilon);

        LinearLayer Linear(int layer, string name, int outputs, int inputs)
            => new($"model.layers.{layer}.{name}", index++, Weight(outputs, inputs));

        WeightMatrix Weight(int outputs, int inputs)
        {
            float[] values = new float[outputs * inputs];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (random.NextSingle() - 0.5f) * 2.4f / MathF.Sqrt(inputs);
            }

            var floats = Tensor.FromFloats(values, outputs, inputs);
            if (type == ElementType.F32)
            {
                return new WeightMatrix(floats);
            }

            var blocks = new Tensor(type, outputs, inputs);
            BlockCodec.Quantize(type, floats.Floats, blocks.Bytes);
            floats.Dispose();
            return new WeightMatrix(blocks);
        }

        static Tensor Ones(int count)
        {
            var tensor = new Tensor(ElementType.F32, count);
            tensor.Floats.Fill(1f);
            return tensor;
        }
    }

    /// <summary>The same numbers in single precision.</summary>
    public static DecoderModel Plain(DecoderModel model)
    {
        DecoderModel plain = Create();
        Copy(model.TokenEmbedding, plain.ExchangeEmbedding);
        foreach ((LinearLayer from, LinearLayer into) in model.Linears.Zip(plain.Linears))
        {
            Copy(from.Weight, into.Exchange);
        }

        return plain;

        static void Copy(WeightMatrix weight, Func<WeightMatrix, WeightMatrix> exchange)
        {
            var floats = new Tensor(ElementType.F32, weight.Outputs, weight.Inputs);
            for (int row = 0; row < weight.Outputs; row++)
            {
                weight.DequantizeRow(row, floats.Floats.Slice(row * weight.Inputs, weight.Inputs));
            }

            exchange(new WeightMatrix(floats)).Dispose();
        }
    }
}
