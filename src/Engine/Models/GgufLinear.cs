using System.Globalization;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>What GGUF files call a linear layer, and how they order its rows.</summary>
/// <param name="Name">"blk.0.attn_q"; a weight adds ".weight".</param>
/// <param name="RotaryHeads">Heads whose rows stand in rotary pairs there; 0 where they do not.</param>
internal readonly record struct GgufLinear(string Name, int RotaryHeads)
{
    /// <summary>Of each linear layer of a model, by <see cref="LinearLayer.Index"/>.</summary>
    public static IReadOnlyList<GgufLinear> Of(DecoderModel model)
    {
        var family = DecoderFamily.Of(model.Config.Architecture);
        BlockNames names = family.GgufNames;
        ModelConfig config = model.Config;
        var result = new List<GgufLinear>(model.Linears.Count);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            string path = string.Format(CultureInfo.InvariantCulture, names.Block, layer);
            bool isInterleaved = family.InterleavedRotary && names.AttentionInputs.Count > 1;
            result.AddRange(names.AttentionInputs.Select((name, i) => new GgufLinear(
                path + name, !isInterleaved ? 0 : i == 0 ? config.HeadCount : i == 1 ? config.KeyValueHeadCount : 0)));
            result.Add(new GgufLinear(path + names.AttentionOutput, 0));
            result.AddRange(names.FeedForwardInputs.Select(name => new GgufLinear(path + name, 0)));
            result.Add(new GgufLinear(path + names.FeedForwardDown, 0));
        }

        return result;
    }

    /// <summary>The row of the layer in memory that a row of the file is.</summary>
    /// <param name="row">In the file.</param>
    /// <param name="outputs">Rows of the layer.</param>
    public int RowOf(int row, int outputs) => RotaryHeads == 0 ? row : RotaryRows.Apart(row, outputs / RotaryHeads / 2);
}
