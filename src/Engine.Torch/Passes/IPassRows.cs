using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>What the rows of a pass bring to the layers: their places, their adapters, and what they may look at.</summary>
internal interface IPassRows
{
    /// <summary>The rotary angles of the rows; null where positions have embeddings of their own.</summary>
    RotaryAngles? Angles { get; }

    /// <summary>A linear layer's output from its product: with what adapters add, and the bias.</summary>
    /// <param name="linear">The layer.</param>
    /// <param name="x">Its input [rows, inputs], single precision.</param>
    /// <param name="product">x·wᵀ [rows, outputs], single precision; may be changed in place where no gradient is kept.</param>
    Tensor Finish(DeviceLinear linear, Tensor x, Tensor product);

    /// <summary>Attention of all rows.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="query">[rows, heads, headSize], turned.</param>
    /// <param name="key">[rows, keyValueHeads, headSize], turned.</param>
    /// <param name="value">[rows, keyValueHeads, headSize].</param>
    /// <returns>[rows, heads · headSize], single precision.</returns>
    Tensor Attend(int layer, Tensor query, Tensor key, Tensor value);
}
