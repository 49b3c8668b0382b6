using Ratchet.Engine.Kernels;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>Attention through torch's fused kernel, which knows nothing of shared key and value heads: they are repeated for it.</summary>
internal static class HeadAttention
{
    /// <summary>softmax(scale · q·kᵀ)·v for each head.</summary>
    /// <param name="query">[heads, rows, headSize].</param>
    /// <param name="key">[keyValueHeads, seen, headSize].</param>
    /// <param name="value">[keyValueHeads, seen, headSize].</param>
    /// <param name="mask">[rows, seen], true where a row may look; null for everywhere.</param>
    /// <param name="shape">Sizes, scale and cap.</param>
    /// <param name="device">In which numbers.</param>
    /// <returns>[rows, heads · headSize], single precision.</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionShape shape, TorchDevice device)
    {
        Tensor keys = Repeated(key);
        Tensor values = Repeated(value);
        Tensor attended = shape.Cap == 0f ? Fused(keys, values) : Capped(keys, values);
        return attended.transpose(0, 1).reshape(query.shape[1], shape.QueryStride).to(ScalarType.Float32);

        Tensor Repeated(Tensor x) => (shape.GroupSize == 1 ? x : x.repeat_interleave(shape.GroupSize, 0)).to(device.WeightType);

        // The kernel's factor is one over the root of the head's size and cannot be set: what a model has beyond it goes to the queries.
        Tensor Fused(Tensor keys, Tensor values)
        {
            float beyond = shape.Scale * MathF.Sqrt(shape.HeadSize);
            Tensor queries = (MathF.Abs(beyond - 1f) < 1e-6f ? query : query.mul(beyond)).to(device.WeightType);
            return scaled_dot_product_attention(queries.unsqueeze(0), keys.unsqueeze(0), values.unsqueeze(0), attn_mask: mask).squeeze(0);
        }

        // The fused kernel cannot bound scores (Gemma 2): written out, in single precision between the products.
        Tensor Capped(Tensor keys, Tensor values)
        {
            Tensor scores = query.mul(shape.Scale).to(device.WeightType).bmm(keys.transpose(1, 2)).to(ScalarType.Float32);
            scores = scores.mul(1f / shape.Cap).tanh().mul(shape.Cap);
            if (mask is not null)
            {
                scores = scores.masked_fill(mask.logical_not(), float.NegativeInfinity);
            }

            return scores.softmax(-1).to(device.WeightType).bmm(values);
        }
    }
}
