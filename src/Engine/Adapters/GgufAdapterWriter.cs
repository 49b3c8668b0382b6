using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>Writes an adapter as a GGUF file, as llama.cpp and Ollama read it; docs/formats/gguf.md draws it.</summary>
/// <remarks>
/// <code>
/// adapter.lora.alpha                  one for all: scale = alpha / rank of the layer
/// blk.N.attn_q.weight.lora_a          A [rank, inputs]
/// blk.N.attn_q.weight.lora_b          B [outputs, rank]; rows in rotary pairs where the base's are
/// token_embd.weight.lora_a, .lora_b   Aᵀ [vocabulary, rank], B [hidden, rank]
/// </code>
/// A scale that alpha over rank does not give goes into B; rank-stabilised scales become another alpha.
/// </remarks>
internal static unsafe class GgufAdapterWriter
{
    /// <summary>GGUF's name of the token embedding.</summary>
    public const string Embedding = "token_embd";

    /// <summary>Writes the file.</summary>
    /// <param name="adapter">A plain one: no magnitudes, no whole weights.</param>
    /// <param name="model">Its base.</param>
    /// <param name="path">The file; one that is there is replaced, whole or not at all.</param>
    /// <param name="type">F32, F16 or BF16, or a block type where rows allow it; others stay F32.</param>
    /// <exception cref="ModelExportException">The adapter has a part that the format cannot tell.</exception>
    public static void Write(LoraAdapter adapter, DecoderModel model, string path, ElementType type)
    {
        RefuseWhatTheFormatLacks(adapter);
        List<LoraLayer> layers = [.. adapter.Layers];
        if (adapter.EmbeddingLayer is { } embedding)
        {
            layers.Add(embedding);
        }

        float alpha = layers[0].Scale * layers[0].Rank;
        IReadOnlyList<GgufLinear> names = GgufLinear.Of(model);
        var entries = new List<GgufTensorEntry>();
        foreach (LoraLayer layer in layers)
        {
            bool isEmbedding = layer.LinearIndex < 0;
            GgufLinear own = isEmbedding ? new GgufLinear(Embedding, 0) : names[layer.LinearIndex];
            float share = alpha == 0f ? 1f : layer.Scale * layer.Rank / alpha;
            int[] shapeOfA = isEmbedding ? [layer.Inputs, layer.Rank] : [layer.Rank, layer.Inputs];
            entries.Add(Entry($"{own.Name}.weight.lora_a", shapeOfA, type, () => A(adapter, layer, isEmbedding)));
            entries.Add(Entry($"{own.Name}.weight.lora_b", [layer.Outputs, layer.Rank], type, () => B(adapter, layer, own, share)));
        }

        string architecture = DecoderFamily.Of(model.Config.Architecture).WrittenAs!;
        GgufWriter.Write(
            path,
            [
                new("general.architecture", architecture), new("general.type", "adapter"), new("adapter.type", "lora"),
                new("adapter.lora.alpha", alpha),
            ],
            entries);
    }

    private static void RefuseWhatTheFormatLacks(LoraAdapter adapter)
    {
        if (adapter.HasMagnitudes)
        {
            throw new ModelExportException(
                "The adapter learns magnitudes (DoRA), which a GGUF adapter cannot tell. Export the merged model, or the PEFT folder.");
        }

        if (adapter.Saved.Count > 0)
        {
            throw new ModelExportException(
                $"The adapter holds whole weights ({string.Join(", ", adapter.Saved.Select(s => s.Name))}), which a GGUF adapter cannot tell. "
                + "Export the merged model, or the PEFT folder.");
        }
    }

    private static GgufTensorEntry Entry(string name, int[] shape, ElementType type, Func<float[]> numbers)
    {
        ElementType own = shape[1] % type.BlockSize() == 0 ? type : ElementType.F32;
        return new GgufTensorEntry(name, own, shape, () =>
        {
            var tensor = new Tensor(own, shape);
            BlockCodec.Quantize(own, numbers(), tensor.Bytes);
            return tensor;
        });
    }

    private static float[] A(LoraAdapter adapter, LoraLayer layer, bool isTransposed)
    {
        var rows = new ReadOnlySpan<float>(adapter.Parameters + layer.Offset, layer.Rank * layer.Inputs);
        if (!isTransposed)
        {
            return rows.ToArray();
        }

        float[] columns = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            columns[(i % layer.Inputs * layer.Rank) + (i / layer.Inputs)] = rows[i];
        }

        return columns;
    }

    // Memory holds B transposed, [rank, outputs].
    private static float[] B(LoraAdapter adapter, LoraLayer layer, GgufLinear own, float share)
    {
        float* from = adapter.Parameters + layer.OffsetOfB;
        float[] rows = new float[layer.Outputs * layer.Rank];
        for (int row = 0; row < layer.Outputs; row++)
        {
            int output = own.RowOf(row, layer.Outputs);
            for (int r = 0; r < layer.Rank; r++)
            {
                float value = from[((long)r * layer.Outputs) + output];
                rows[(row * layer.Rank) + r] = share == 1f ? value : value * share;
            }
        }

        return rows;
    }
}
