using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Weights of random numbers in every element type.</summary>
internal static class Weights
{
    /// <summary>Types whose blocks lie in tiles, and in tensors: all but the four-bit ones of flat blocks.</summary>
    public static IEnumerable<ElementType> Tiled => Enum.GetValues<ElementType>().Where(type => type is not (ElementType.Nf4 or ElementType.Fp4));

    /// <summary>A weight, and the numbers that it holds once rounded to its type.</summary>
    public static WeightMatrix Random(ElementType type, int outputs, int inputs, int seed, out float[] stored)
    {
        float[] numbers = Numbers.Random(outputs * inputs, seed);
        stored = new float[numbers.Length];
        if (!Tiled.Contains(type))
        {
            var blocks = FourBitBlocks.Quantize(
                type == ElementType.Nf4 ? FourBitKind.Nf4 : FourBitKind.Fp4, numbers, outputs, inputs, isDouble: seed % 2 == 0);
            blocks.Dequantize(0, stored);
            return new WeightMatrix(blocks);
        }

        var tensor = new Tensor(type, outputs, inputs);
        BlockCodec.Quantize(type, numbers, tensor.Bytes);
        BlockCodec.Dequantize(type, tensor.Bytes, stored);
        return new WeightMatrix(tensor);
    }
}
