using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

/// <summary>Makes a model's linear layers four-bit, so that an adapter trains on an eighth of the memory (QLoRA).</summary>
/// <remarks>Embeddings, head and norms stay as they are, as bitsandbytes leaves them.</remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The layer owns its new weight.")]
public static class FourBitQuantization
{
    /// <summary>Replaces the weights of all linear layers. Nothing may run meanwhile.</summary>
    /// <param name="model">Changed.</param>
    /// <param name="isDouble">Whether the scales are quantised too: 4.13 bits a weight in place of 4.5.</param>
    /// <param name="kind">Which levels.</param>
    public static void Quantize(DecoderModel model, bool isDouble, FourBitKind kind = FourBitKind.Nf4)
    {
        foreach (LinearLayer layer in model.Linears.Where(l => l.Weight.FourBit is null))
        {
            float[] weight = new float[checked(layer.Outputs * layer.Inputs)];
            for (int output = 0; output < layer.Outputs; output++)
            {
                layer.Weight.DequantizeRow(output, weight.AsSpan(output * layer.Inputs, layer.Inputs));
            }

            layer.Exchange(new WeightMatrix(FourBitBlocks.Quantize(kind, weight, layer.Outputs, layer.Inputs, isDouble))).Dispose();
        }
    }
}
