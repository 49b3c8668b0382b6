using System.Globalization;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Writes a <see cref="DecoderModel"/> as a GGUF file, the way <see cref="DecoderReader"/> reads it.</summary>
internal sealed class DecoderWriter
{
    private readonly DecoderModel _model;
    private readonly ElementType _type;
    private readonly DecoderFamily _family;
    private readonly List<GgufTensorEntry> _entries = [];
    private readonly List<WrittenTensor> _written = [];

    private DecoderWriter(DecoderModel model, ElementType type)
    {
        _model = model;
        _type = type;
        _family = DecoderFamily.Of(model.Config.Architecture);
    }

    /// <summary>Writes the file: matrices in the type, norms, biases and position embeddings in single precision.</summary>
    /// <param name="model">The model, an adapter merged into it or not.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="type">One that <see cref="BlockCodec.CanWrite"/>; rows that its blocks do not divide are stored otherwise: Q5_0 for Q4_K, Q8_0 for Q6_K, else F16.</param>
    /// <param name="name">general.name.</param>
    /// <param name="tokenizer">The tokenizer's keys.</param>
    public static IReadOnlyList<WrittenTensor> Write(
        DecoderModel model, string path, ElementType type, string name, IReadOnlyList<KeyValuePair<string, object>> tokenizer)
    {
        var writer = new DecoderWriter(model, type);
        List<KeyValuePair<string, object>> keys = GgufKeys.Of(model.Config, writer._family, name, type);
        keys.AddRange(tokenizer);
        writer.Collect();
        GgufWriter.Write(path, keys, writer._entries);
        return writer._written;
    }

    private void Collect()
    {
        ModelConfig config = _model.Config;
        DecoderPartNames parts = DecoderReader.PartNames;
        Matrix(Weight(parts.TokenEmbedding), _model.TokenEmbedding, 0);
        if (_model.PositionEmbedding is { } positions)
        {
            Floats(Weight(parts.PositionEmbedding), positions);
        }

        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            Block(_model.Blocks[layer], string.Format(CultureInfo.InvariantCulture, _family.GgufNames.Block, layer));
        }

        Norm(_family.GgufNames.FinalNorm, _model.FinalNorm);
        if (!ReferenceEquals(_model.Head, _model.TokenEmbedding))
        {
            Matrix(Weight(parts.Head), _model.Head, 0);
        }

        if (_model.HeadBias is { } bias)
        {
            Floats(Bias(parts.Head), bias);
        }

        if (config.Rotary is { FrequencyFactors.Count: > 0 } rotary)
        {
            float[] factors = [.. rotary.FrequencyFactors];
            Add(GgufConfig.FrequencyFactors, ElementType.F32, [factors.Length], () => (Tensor.FromFloats(factors, factors.Length), 0f));
        }
    }

    private void Block(DecoderBlock block, string path)
    {
        BlockNames names = _family.GgufNames;
        ModelConfig config = _model.Config;
        bool isInterleaved = _family.InterleavedRotary && !block.Attention.IsFused;
        Norm(path + names.AttentionNorm, block.AttentionNorm);
        for (int i = 0; i < names.AttentionInputs.Count; i++)
        {
            int heads = i == 0 ? config.HeadCount : i == 1 ? config.KeyValueHeadCount : 0;
            Linear(path + names.AttentionInputs[i], block.Attention.Inputs[i], isInterleaved ? heads : 0);
        }

        Linear(path + names.AttentionOutput, block.Attention.Output, 0);
        Norm(path + names.QueryNorm, block.Attention.QueryNorm);
        Norm(path + names.KeyNorm, block.Attention.KeyNorm);
        Norm(path + names.PostAttentionNorm, block.PostAttentionNorm);
        Norm(path + names.FeedForwardNorm, block.FeedForwardNorm);
        for (int i = 0; i < names.FeedForwardInputs.Count; i++)
        {
            Linear(path + names.FeedForwardInputs[i], block.FeedForward.Inputs[i], 0);
        }

        Linear(path + names.FeedForwardDown, block.FeedForward.Down, 0);
        Norm(path + names.PostFeedForwardNorm, block.PostFeedForwardNorm);
    }

    private static string Weight(string part) => $"{part}.weight";

    private static string Bias(string part) => $"{part}.bias";

    private void Linear(string name, LinearLayer linear, int rotaryHeads)
    {
        Matrix(Weight(name), linear.Weight, rotaryHeads);
        if (linear.Bias is not { } bias)
        {
            return;
        }

        Func<int, int> rowOf = RowOf(linear.Outputs, rotaryHeads);
        Add(Bias(name), ElementType.F32, [linear.Outputs], () =>
        {
            var moved = new Tensor(ElementType.F32, linear.Outputs);
            for (int i = 0; i < linear.Outputs; i++)
            {
                moved.Floats[i] = bias.Floats[rowOf(i)];
            }

            return (moved, 0f);
        });
    }

    private void Norm(string name, NormLayer? norm)
    {
        if (norm is null)
        {
            return;
        }

        // GGUF's gains hold the 1 that Gemma's files leave out.
        float offset = _model.Config.NormOffset;
        Add(Weight(name), ElementType.F32, [norm.Size], () =>
        {
            var gains = new Tensor(ElementType.F32, norm.Size);
            System.Numerics.Tensors.TensorPrimitives.Add(norm.Weight.Floats, offset, gains.Floats);
            return (gains, 0f);
        });
        if (norm.Bias is { } bias)
        {
            Floats(Bias(name), bias);
        }
    }

    private void Floats(string name, Tensor tensor)
        => Add(name, ElementType.F32, [.. tensor.Shape], () => (Tensor.FromFloats(tensor.Floats, tensor.Shape), 0f));

    private void Matrix(string name, WeightMatrix matrix, int rotaryHeads)
    {
        ElementType type = StoredRows.Fitting(_type, matrix.Inputs);
        Func<int, int> rowOf = RowOf(matrix.Outputs, rotaryHeads);
        Add(name, type, [matrix.Outputs, matrix.Inputs], () => (StoredRows.Matrix(matrix, type, rowOf, out float largest), largest));
    }

    private static Func<int, int> RowOf(int outputs, int rotaryHeads)
    {
        if (rotaryHeads == 0)
        {
            return row => row;
        }

        int half = outputs / rotaryHeads / 2;
        return row => RotaryRows.Apart(row, half);
    }

    private void Add(string name, ElementType type, int[] shape, Func<(Tensor Tensor, float Largest)> make) => _entries.Add(new GgufTensorEntry(name, type, shape, () =>
    {
        (Tensor tensor, float largest) = make();
        _written.Add(new WrittenTensor(name, type, largest));
        return tensor;
    }));
}
