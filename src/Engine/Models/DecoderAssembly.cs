using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Puts a <see cref="DecoderModel"/> together from the tensors of a file, by its family's switches.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The source frees every tensor where reading fails; afterwards the model owns them.")]
internal sealed class DecoderAssembly(ITensorSource source, DecoderFamily family, ModelConfig config)
{
    /// <summary>The file's names of what is in a block.</summary>
    public required BlockNames Names { get; init; }

    /// <summary>The file's names of what is outside.</summary>
    public required DecoderPartNames PartNames { get; init; }

    /// <summary>Whether query, key and value have biases.</summary>
    public bool QueryKeyValueBias { get; init; } = family.QueryKeyValueBias;

    /// <summary>Whether the layer after attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; } = family.AttentionOutputBias;

    /// <summary>Whether the feed-forward layers have biases.</summary>
    public bool FeedForwardBias { get; init; } = family.FeedForwardBias;

    /// <summary>Whether linear layers are stored as [inputs, outputs].</summary>
    public bool IsTransposed { get; init; }

    /// <summary>Whether rows of query and key stand in rotary pairs.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Reads everything.</summary>
    public DecoderModel Build()
    {
        int hidden = config.HiddenSize;
        WeightMatrix embedding = source.Matrix(Weight(PartNames.TokenEmbedding), config.VocabularySize, hidden);
        Tensor? positions = family.HasPositionEmbeddings
            ? source.Floats(Weight(PartNames.PositionEmbedding), config.ContextLength, hidden)
            : null;
        var blocks = new DecoderBlock[config.LayerCount];
        int index = 0;
        for (int layer = 0; layer < blocks.Length; layer++)
        {
            blocks[layer] = Block(layer, ref index);
        }

        NormLayer finalNorm = Norm(Names.FinalNorm, family.Names.FinalNorm, hidden);
        WeightMatrix? head = config.TiedEmbeddings ? null : source.Matrix(Weight(PartNames.Head), config.VocabularySize, hidden);
        Tensor? headBias = family.HeadBias ? source.Floats(Bias(PartNames.Head), config.VocabularySize) : null;
        return new DecoderModel(config, embedding, blocks, finalNorm, head)
        {
            PositionEmbedding = positions,
            HeadBias = headBias,
            PartNames = family.PartNames,
        };
    }

    private static string Weight(string part) => $"{part}.weight";

    private static string Bias(string part) => $"{part}.bias";

    private static string In(string block, int layer, string part) => string.Format(CultureInfo.InvariantCulture, block, layer) + part;

    private DecoderBlock Block(int layer, ref int index)
    {
        int hidden = config.HiddenSize;
        BlockNames own = family.Names;
        bool isFused = Names.AttentionInputs.Count == 1;
        int next = index;
        LinearLayer[] inputs = isFused
            ? [Linear(Names.AttentionInputs[0], own.AttentionInputs[0], config.QuerySize + (2 * config.KeyValueSize), hidden, 0, QueryKeyValueBias)]
            :
            [
                Linear(Names.AttentionInputs[0], own.AttentionInputs[0], config.QuerySize, hidden, config.HeadCount, QueryKeyValueBias),
                Linear(Names.AttentionInputs[1], own.AttentionInputs[1], config.KeyValueSize, hidden, config.KeyValueHeadCount, QueryKeyValueBias),
                Linear(Names.AttentionInputs[2], own.AttentionInputs[2], config.KeyValueSize, hidden, 0, QueryKeyValueBias),
            ];
        LinearLayer output = Linear(Names.AttentionOutput, own.AttentionOutput, hidden, config.QuerySize, 0, AttentionOutputBias);
        NormLayer? queryNorm = family.HasQueryKeyNorms ? BlockNorm(Names.QueryNorm, own.QueryNorm, config.HeadSize) : null;
        NormLayer? keyNorm = family.HasQueryKeyNorms ? BlockNorm(Names.KeyNorm, own.KeyNorm, config.HeadSize) : null;
        int width = config.FeedForwardSize * (config.IsGated && Names.FeedForwardInputs.Count == 1 ? 2 : 1);
        LinearLayer[] feedForward =
        [
            .. Names.FeedForwardInputs.Zip(own.FeedForwardInputs, (name, ownName) => Linear(name, ownName, width, hidden, 0, FeedForwardBias)),
        ];
        LinearLayer down = Linear(Names.FeedForwardDown, own.FeedForwardDown, hidden, config.FeedForwardSize, 0, FeedForwardBias);
        index = next;
        return new DecoderBlock(
            BlockNorm(Names.AttentionNorm, own.AttentionNorm, hidden),
            new Attention(inputs, output, queryNorm, keyNorm),
            config.IsParallel ? null : BlockNorm(Names.FeedForwardNorm, own.FeedForwardNorm, hidden),
            new FeedForward(feedForward, down),
            family.HasPostNorms ? BlockNorm(Names.PostAttentionNorm, own.PostAttentionNorm, hidden) : null,
            family.HasPostNorms ? BlockNorm(Names.PostFeedForwardNorm, own.PostFeedForwardNorm, hidden) : null);

        LinearLayer Linear(string name, string ownName, int outputs, int inputSize, int rotaryHeads, bool hasBias)
        {
            string path = In(Names.Block, layer, name);
            WeightMatrix weight = source.Matrix(Weight(path), outputs, inputSize, IsInterleaved ? rotaryHeads : 0, IsTransposed);
            Tensor? bias = hasBias ? source.Vector(Bias(path), outputs, IsInterleaved ? rotaryHeads : 0) : null;
            return new LinearLayer(In(own.Block, layer, ownName), next++, weight, bias) { IsStoredTransposed = family.HasTransposedLinears };
        }

        NormLayer BlockNorm(string name, string ownName, int size) => Norm(In(Names.Block, layer, name), In(own.Block, layer, ownName), size);
    }

    private NormLayer Norm(string name, string ownName, int size) => new(
        ownName, source.Floats(Weight(name), size), family.HasLayerNorms ? source.Floats(Bias(name), size) : null,
        config.NormEpsilon, config.NormOffset);
}
