using System.Buffers.Binary;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Weights of random numbers in every element type.</summary>
internal static class Weights
{
    /// <summary>Types whose blocks lie in tiles, and in tensors: all but the four-bit ones of flat blocks.</summary>
    public static IEnumerable<ElementType> Tiled => Enum.GetValues<ElementType>().Where(type => type is not (ElementType.Nf4 or ElementType.Fp4));

    /// <summary>The number of inputs, or the next one that the type's blocks divide.</summary>
    public static int WholeBlocks(ElementType type, int inputs)
    {
        int size = type.BlockSize();
        return (inputs + size - 1) / size * size;
    }

    /// <summary>Blocks of any bytes, with factors that keep the numbers within about [-1, 1].</summary>
    public static void FillBlocks(Tensor tensor, int seed)
    {
        new Random(seed).NextBytes(tensor.Bytes);
        (int At, double Value)[] factors = tensor.Type switch
        {
            ElementType.Q2_K => [(80, 1 / 45.0), (82, 1 / 15.0)],
            ElementType.Q3_K => [(108, 1 / 128.0)],
            ElementType.Q4_K => [(0, 1 / 945.0), (2, 1 / 63.0)],
            ElementType.Q5_K => [(0, 1 / 1953.0), (2, 1 / 63.0)],
            ElementType.Q6_K => [(208, 1 / 4096.0)],
            ElementType.IQ4_NL => [(0, 1 / 127.0)],
            ElementType.IQ4_XS => [(0, 1 / 4064.0)],
            _ => throw new ArgumentOutOfRangeException(nameof(tensor), tensor.Type, "Quantise numbers to this type."),
        };
        Span<byte> bytes = tensor.Bytes;
        for (int at = 0; at < bytes.Length; at += tensor.Type.BlockBytes())
        {
            foreach ((int offset, double value) in factors)
            {
                double sign = bytes[at + (tensor.Type.BlockBytes() / 2)] % 2 == 0 ? 1 : -1;
                BinaryPrimitives.WriteHalfLittleEndian(bytes[(at + offset)..], (Half)(sign * value));
            }
        }
    }

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
        if (BlockCodec.CanWrite(type))
        {
            BlockCodec.Quantize(type, numbers, tensor.Bytes);
        }
        else
        {
            FillBlocks(tensor, seed);
        }

        BlockCodec.Dequantize(type, tensor.Bytes, stored);
        return new WeightMatrix(tensor);
    }
}
