using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Weights of random numbers in every element type.</summary>
internal static class Weights
{
    /// <summary>A weight, and the numbers that it holds once rounded to its type.</summary>
    public static WeightMatrix Random(ElementType type, int outputs, int inputs, int seed, out float[] stored)
    {
        float[] numbers = Numbers.Random(outputs * inputs, seed);
        var tensor = new Tensor(type, outputs, inputs);
        stored = new float[numbers.Length];
        BlockCodec.Quantize(type, numbers, tensor.Bytes);
        BlockCodec.Dequantize(type, tensor.Bytes, stored);
        return new WeightMatrix(tensor);
    }
}
