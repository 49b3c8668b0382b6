using System.Runtime.InteropServices;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Quantization;

[Collection(KernelSettings.Name)]
public unsafe class BlockCodecTests
{
    private const string Blocks = "gguf/blocks.safetensors";

    public static TheoryData<ElementType> Stored => [.. Weights.Tiled.Where(type => type != ElementType.F32)];

    public static TheoryData<ElementType> BlockTypes => [.. Weights.Tiled.Where(type => type.BlockSize() > 1)];

    [Theory]
    [MemberData(nameof(Stored))]
    [Trait("Category", "Golden")]
    public void Numbers_have_the_bits_of_ggml(ElementType type)
    {
        using var file = SafetensorsFile.Open(Golden.PathOf(Blocks));
        AssertSameBits(file.ReadFloats($"{type}.dequantised"), Dequantize(type, Bytes(file, $"{type}.quantised")));
        if (type.BlockSize() > 1)
        {
            AssertSameBits(file.ReadFloats($"{type}.raw_dequantised"), Dequantize(type, Bytes(file, $"{type}.raw")));
        }
    }

    [Theory]
    [MemberData(nameof(Stored))]
    [Trait("Category", "Golden")]
    public void Blocks_have_the_bytes_of_ggml(ElementType type)
    {
        using var file = SafetensorsFile.Open(Golden.PathOf(Blocks));
        float[] source = file.ReadFloats($"{type}.source");
        byte[] bytes = new byte[type.RowBytes(source.Length)];
        BlockCodec.Quantize(type, source, bytes);
        string reference = $"{type}.quantised_ggml";
        Assert.Equal(Bytes(file, file.TryFindTensor(reference, out _) ? reference : $"{type}.quantised"), bytes);
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    [Trait("Category", "Golden")]
    public void Tiles_dequantise_to_the_bits_of_ggml_on_every_path(ElementType type)
    {
        using var file = SafetensorsFile.Open(Golden.PathOf(Blocks));
        byte[] bytes = Bytes(file, $"{type}.raw");
        float[] expected = file.ReadFloats($"{type}.raw_dequantised");
        int blockBytes = type.BlockBytes();
        byte[] tile = new byte[TileLayout.Outputs * blockBytes];
        float[] panel = new float[TileLayout.Inputs * TileLayout.Outputs];
        fixed (byte* from = bytes, to = tile)
        {
            for (int output = 0; output < TileLayout.Outputs; output++)
            {
                TileLayout.WriteBlock(type, to, output, from + (output * blockBytes));
            }

            foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
            {
                fixed (float* into = panel)
                {
                    nint tileAt = (nint)to;
                    nint panelAt = (nint)into;
                    KernelSettings.With(width, 1, () => TileKernel.Dequantize(type, (byte*)tileAt, (float*)panelAt));
                }

                for (int i = 0; i < expected.Length; i++)
                {
                    float actual = panel[(i % TileLayout.Inputs * TileLayout.Outputs) + (i / TileLayout.Inputs)];
                    Assert.Equal(BitConverter.SingleToUInt32Bits(expected[i]), BitConverter.SingleToUInt32Bits(actual));
                }
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Q4_0, 0.08)]
    [InlineData(ElementType.Q4_1, 0.04)]
    [InlineData(ElementType.Q5_0, 0.04)]
    [InlineData(ElementType.Q5_1, 0.02)]
    [InlineData(ElementType.Q8_0, 0.005)]
    public void Quantising_and_back_stays_near(ElementType type, double errorMax)
    {
        float[] source = Numbers.Random(32 * 100, 1);
        byte[] bytes = new byte[type.RowBytes(source.Length)];
        BlockCodec.Quantize(type, source, bytes);
        Assert.True(Dequantize(type, bytes).Zip(source, (a, b) => Math.Abs(a - b)).Average() < errorMax);
    }

    [Fact]
    public void A_scale_beyond_half_precision_and_a_wrong_length_are_refused()
    {
        float[] source = new float[32];
        source[3] = 1e9f;
        byte[] bytes = new byte[34];
        foreach (ElementType type in (ElementType[])[ElementType.Q4_0, ElementType.Q4_1, ElementType.Q5_0, ElementType.Q5_1, ElementType.Q8_0])
        {
            Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(type, source, bytes.AsSpan(0, type.BlockBytes())));
        }

        Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(ElementType.Q8_0, source, bytes.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => BlockCodec.Dequantize(ElementType.Q8_0, bytes, source.AsSpan(1)));
    }

    private static byte[] Bytes(SafetensorsFile file, string name) => [.. file.ReadInts(name).Select(value => (byte)value)];

    private static float[] Dequantize(ElementType type, byte[] bytes)
    {
        float[] numbers = new float[bytes.Length / type.BlockBytes() * type.BlockSize()];
        BlockCodec.Dequantize(type, bytes, numbers);
        return numbers;
    }

    private static void AssertSameBits(float[] expected, float[] actual)
        => Assert.Equal(MemoryMarshal.Cast<float, uint>(expected).ToArray(), MemoryMarshal.Cast<float, uint>(actual).ToArray());
}
