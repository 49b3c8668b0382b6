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
    /// <returns>What became of them.</returns>
    public static FourBitChange Quantize(DecoderModel model, bool isDouble, FourBitKind kind = FourBitKind.Nf4)
    {
        long before = 0;
        long after = 0;
        double squares = 0;
        double errors = 0;
        foreach (LinearLayer layer in model.Linears.Where(l => l.Weight.FourBit is null))
        {
            float[] weight = new float[checked(layer.Outputs * layer.Inputs)];
            for (int output = 0; output < layer.Outputs; output++)
            {
                layer.Weight.DequantizeRow(output, weight.AsSpan(output * layer.Inputs, layer.Inputs));
            }

            var blocks = FourBitBlocks.Quantize(kind, weight, layer.Outputs, layer.Inputs, isDouble);
            errors += SquaredError(weight, blocks, layer.Inputs, ref squares);
            before += layer.Weight.ByteLength;
            after += blocks.ByteLength;
            layer.Exchange(new WeightMatrix(blocks)).Dispose();
        }

        return new FourBitChange(before, after, squares == 0 ? 0 : Math.Sqrt(errors / squares));
    }

    /// <summary>Bytes of a model's matrices after <see cref="Quantize"/>.</summary>
    /// <param name="model">Not changed.</param>
    /// <param name="isDouble">Whether the scales are quantised too.</param>
    public static long BytesAfter(DecoderModel model, bool isDouble) => model.ByteLength + model.Linears
        .Where(l => l.Weight.FourBit is null)
        .Sum(l => FourBitBlocks.BytesOf((long)l.Outputs * l.Inputs, isDouble) - l.Weight.ByteLength);

    private static double SquaredError(float[] weight, FourBitBlocks blocks, int inputs, ref double squares)
    {
        float[] row = new float[inputs];
        double errors = 0;
        for (int first = 0; first < weight.Length; first += inputs)
        {
            blocks.Dequantize(first, row);
            for (int i = 0; i < inputs; i++)
            {
                double own = weight[first + i];
                squares += own * own;
                errors += (own - row[i]) * (own - row[i]);
            }
        }

        return errors;
    }
}
