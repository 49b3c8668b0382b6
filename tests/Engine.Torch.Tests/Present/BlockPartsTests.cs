using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;
using HostTensor = Ratchet.Engine.Tensors.Tensor;

namespace Ratchet.Engine.Torch.Tests.Present;

public sealed class BlockPartsTests
{
    private static readonly TorchDevice Cpu = new(DeviceType.CPU, -1, ScalarType.Float32);

    public BlockPartsTests() => TorchUnderTest.Open().Dispose();

    // Rows enough for a tile that is not full; every byte by chance, so that no bit of a block goes unread.
    [Theory]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F32)]
    public unsafe void A_device_computes_the_numbers_of_the_engine_to_the_bit(ElementType type)
    {
        const int Outputs = 21;
        const int Inputs = 96;
        var stored = new HostTensor(type, Outputs, Inputs);
        new Random(9).NextBytes(stored.Bytes);
        if (type.BlockSize() > 1)
        {
            RepairScales(stored);
        }

        float[] expected = new float[Outputs * Inputs];
        BlockCodec.Dequantize(type, stored.Bytes, expected);
        using var matrix = new WeightMatrix(stored);
        long[] fifth = [5];
        foreach (bool keepsBlocks in (bool[])[false, true])
        {
            using var weight = new DeviceWeight(matrix, Cpu, keepsBlocks);
            Assert.Equal(keepsBlocks && type.BlockSize() > 1, weight.KeepsBlocks);
            using DisposeScope scope = NewDisposeScope();
            Assert.Equal(Bits(expected), Bits(Numbers(weight.Dense())));
            Assert.Equal(Bits(expected[(5 * Inputs)..(6 * Inputs)]), Bits(Numbers(weight.Rows(tensor(fifth)))));
        }
    }

    private static unsafe float[] Numbers(torch.Tensor tensor)
    {
        float[] numbers = new float[tensor.numel()];
        fixed (float* into = numbers)
        {
            HostCopy.Download(into, tensor);
        }

        return numbers;
    }

    // What is not a number has many bit patterns, and which one comes out is nobody's promise.
    private static int[] Bits(float[] numbers) => [.. numbers.Select(n => float.IsNaN(n) ? 0x7FC00000 : BitConverter.SingleToInt32Bits(n))];

    private static void RepairScales(HostTensor stored)
    {
        int bytes = stored.Type.BlockBytes();
        var random = new Random(2);
        for (int at = 0; at < stored.ByteLength; at += bytes)
        {
            BitConverter.TryWriteBytes(stored.Bytes[at..], (Half)(random.NextSingle() - 0.5f));
            if (stored.Type is ElementType.Q4_1 or ElementType.Q5_1)
            {
                BitConverter.TryWriteBytes(stored.Bytes[(at + 2)..], (Half)random.NextSingle());
            }
        }
    }
}
