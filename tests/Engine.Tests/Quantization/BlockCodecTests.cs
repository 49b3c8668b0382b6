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

    /// <summary>Types that one rule quantises; Q4_K and Q6_K are searched for.</summary>
    public static TheoryData<ElementType> Exact => [.. Weights.Tiled.Where(type => type <= ElementType.Q8_0 && type != ElementType.F32)];

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
    [MemberData(nameof(Exact))]
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
        int blockSize = type.BlockSize();
        byte[] tile = new byte[TileLayout.Outputs * blockBytes];
        float[] panel = new float[blockSize * TileLayout.Outputs];
        fixed (byte* from = bytes, to = tile)
        {
            int blocks = Math.Min(TileLayout.Outputs, bytes.Length / blockBytes);
            for (int output = 0; output < blocks; output++)
            {
                TileLayout.WriteBlock(type, to, output, from + (output * blockBytes));
            }

            foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
            {
                fixed (float* into = panel)
                {
                    nint tileAt = (nint)to;
                    nint panelAt = (nint)into;
                    KernelSettings.With(width, 1, () =>
                    {
                        for (int part = 0; part < blockSize / TileLayout.Inputs; part++)
                        {
                            TileKernel.Dequantize(type, (byte*)tileAt, part, (float*)panelAt + (part * TileLayout.Inputs * TileLayout.Outputs));
                        }
                    });
                }

                for (int i = 0; i < blocks * blockSize; i++)
                {
                    float actual = panel[(i % blockSize * TileLayout.Outputs) + (i / blockSize)];
                    Assert.Equal(BitConverter.SingleToUInt32Bits(expected[i]), BitConverter.SingleToUInt32Bits(actual));
                }
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Q4_K)]
    [InlineData(ElementType.Q6_K)]
    [Trait("Category", "Golden")]
    public void Blocks_that_are_searched_for_are_as_near_as_those_of_ggml(ElementType type)
    {
        // The golden README allows another search a tenth more error on four ordinary rows.
        const int Rows = 4;
        const double ErrorRatioMax = 1.1;
        using var file = SafetensorsFile.Open(Golden.PathOf(Blocks));
        float[] source = file.ReadFloats($"{type}.source");
        float[] ggml = file.ReadFloats($"{type}.dequantised");
        byte[] bytes = new byte[type.RowBytes(source.Length)];
        BlockCodec.Quantize(type, source, bytes);
        float[] own = Dequantize(type, bytes);
        int size = type.BlockSize();
        double ratio = Error(own) / Error(ggml);
        GoldenNumber.Near($"gguf/blocks.json {type}: error over ggml's", 0, ratio, ErrorRatioMax, 0, "the error");
        Assert.All(own, value => Assert.True(float.IsFinite(value)));

        double Error(float[] numbers) => Enumerable.Range(0, Rows).Average(row =>
        {
            double[] errors = [.. Enumerable.Range(row * size, size).Select(i => Math.Abs((double)numbers[i] - source[i]))];
            return errors.Average() / Enumerable.Range(row * size, size).Max(i => Math.Abs(source[i]));
        });
    }

    [Theory]
    [InlineData(ElementType.Q4_0, 0.08)]
    [InlineData(ElementType.Q4_1, 0.04)]
    [InlineData(ElementType.Q5_0, 0.04)]
    [InlineData(ElementType.Q5_1, 0.02)]
    [InlineData(ElementType.Q8_0, 0.005)]
    [InlineData(ElementType.Q4_K, 0.04)]
    [InlineData(ElementType.Q6_K, 0.01)]
    public void Quantising_and_back_stays_near(ElementType type, double errorMax)
    {
        float[] source = Numbers.Random(256 * 12, 1);
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

        float[] many = new float[256];
        many[7] = 1e12f;
        foreach (ElementType type in (ElementType[])[ElementType.Q4_K, ElementType.Q6_K])
        {
            Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(type, many, new byte[type.BlockBytes()]));
        }

        many[7] = float.NaN;
        Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(ElementType.Q4_K, many, new byte[144]));
        Assert.Throws<ArgumentException>(() => BlockCodec.Quantize(ElementType.Q5_K, new float[256], new byte[176]));
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
