using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Reads an <see cref="EncoderModel"/> from a GGUF file. Matrices stay in their stored blocks.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "TensorSource frees every tensor where reading fails; afterwards the model owns them.")]
internal static class EncoderReader
{
    public static EncoderModel Read(GgufFile file)
    {
        string architecture = file.Metadata.GetString("general.architecture");
        if (architecture != Bert.Architecture)
        {
            throw ModelFormatException.UnknownArchitecture(file.Path, architecture, $"'{Bert.Architecture}' as an encoder");
        }

        ModelConfig config = ReadConfig(file).Validated(file.Path);
        using var source = new TensorSource(file);
        int hidden = config.HiddenSize;
        WeightMatrix embedding = source.Matrix("token_embd.weight", config.VocabularySize, hidden);
        Tensor positions = source.Floats("position_embd.weight", config.ContextLength, hidden);
        int types = file.TryFindTensor("token_types.weight", out GgufTensorInfo? info) && info.Shape.Count == 2 ? info.Shape[0] : 1;
        Tensor tokenTypes = source.Floats("token_types.weight", types, hidden);
        LayerNorm embeddingNorm = Norm(source, "token_embd_norm", hidden);
        EncoderBlock[] blocks = [.. Enumerable.Range(0, config.LayerCount).Select(layer => ReadBlock(source, config, layer))];
        var model = new EncoderModel(config, embedding, positions, tokenTypes, embeddingNorm, blocks);
        source.Release();
        return model;
    }

    private static ModelConfig ReadConfig(GgufFile file)
    {
        GgufMetadata data = file.Metadata;
        int hidden = data.GetInt32("bert.embedding_length");
        int heads = data.GetInt32("bert.attention.head_count");
        int pooling = data.GetInt32("bert.pooling_type", 1);
        if (pooling != 1)
        {
            throw ModelFormatException.Unsupported(
                file.Path, $"its sentence embedding is made by pooling type {pooling}.", "This engine takes the mean over positions (1).");
        }

        return new ModelConfig
        {
            Architecture = Bert.Architecture,
            VocabularySize = file.TryFindTensor("token_embd.weight", out GgufTensorInfo? embedding) && embedding.Shape.Count == 2
                ? embedding.Shape[0]
                : throw ModelFormatException.MissingTensor(file.Path, "token_embd.weight"),
            HiddenSize = hidden,
            FeedForwardSize = data.GetInt32("bert.feed_forward_length"),
            LayerCount = data.GetInt32("bert.block_count"),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = hidden / Math.Max(1, heads),
            ContextLength = data.GetInt32("bert.context_length"),
            NormEpsilon = data.GetFloat("bert.attention.layer_norm_epsilon"),
            IsGated = false,
            Activation = Activation.Gelu,
        };
    }

    private static EncoderBlock ReadBlock(TensorSource source, ModelConfig config, int layer)
    {
        int hidden = config.HiddenSize;
        var attention = new Attention(
            [Linear("attn_q", hidden, hidden), Linear("attn_k", hidden, hidden), Linear("attn_v", hidden, hidden)],
            Linear("attn_output", hidden, hidden));
        LinearLayer up = Linear("ffn_up", config.FeedForwardSize, hidden);
        LinearLayer down = Linear("ffn_down", hidden, config.FeedForwardSize);
        return new EncoderBlock(
            attention, Norm(source, $"blk.{layer}.attn_output_norm", hidden), up, down,
            Norm(source, $"blk.{layer}.layer_output_norm", hidden));

        LinearLayer Linear(string name, int outputs, int inputs) => new(
            $"blk.{layer}.{name}", layer, source.Matrix($"blk.{layer}.{name}.weight", outputs, inputs),
            source.Floats($"blk.{layer}.{name}.bias", outputs));
    }

    private static LayerNorm Norm(TensorSource source, string name, int size)
        => new(source.Floats($"{name}.weight", size), source.Floats($"{name}.bias", size));
}
