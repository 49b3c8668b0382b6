using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tests.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Four-bit levels, scales, products and checkpoints against bitsandbytes (F67, F68).</summary>
[Trait("Category", "Golden")]
public sealed unsafe class FourBitGoldenTests
{
    // golden/nf4/README.md
    private const float LinearAtol = 1e-5f;
    private const float LogitsAtol = 5e-4f;

    // The mean of the scales depends on the order of its sum: one unit in the last place.
    private const int OffsetUlps = 1;

    [Fact]
    public void Levels_of_weights_and_of_scales_are_the_published_ones()
    {
        using var tables = SafetensorsFile.Open(Golden.PathOf("nf4/tables.safetensors"));
        Assert.Equal(tables.ReadFloats("nf4"), FourBitCodec.Table(FourBitKind.Nf4).ToArray());
        Assert.Equal(tables.ReadFloats("fp4"), FourBitCodec.Table(FourBitKind.Fp4).ToArray());
        Assert.Equal(tables.ReadFloats("dynamic8"), FourBitCodec.DynamicTable.ToArray());
    }

    [Fact]
    public void Blocks_are_those_of_bitsandbytes_byte_for_byte()
    {
        using var blocks = SafetensorsFile.Open(Golden.PathOf("nf4/blocks.safetensors"));
        int cases = 0;
        foreach (SafetensorsTensorInfo tensor in blocks.Tensors.Where(t => t.Name.EndsWith(".packed", StringComparison.Ordinal)))
        {
            string name = tensor.Name[..^".packed".Length];
            string[] parts = name.Split('.', 3);
            FourBitKind kind = parts[0] == "nf4" ? FourBitKind.Nf4 : FourBitKind.Fp4;
            int blockSize = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            float[] input = blocks.ReadFloats($"input.{parts[2]}");
            byte[] packed = new byte[(input.Length + 1) / 2];
            float[] largest = new float[(input.Length + blockSize - 1) / blockSize];
            FourBitCodec.Quantize(kind, input, blockSize, packed, largest);
            Assert.Equal(blocks.ReadBytes(tensor.Name), packed);
            Assert.Equal(blocks.ReadFloats($"{name}.absmax"), largest);
            float[] back = new float[input.Length];
            FourBitCodec.Dequantize(kind, packed, largest, blockSize, 0, back);
            Assert.Equal(blocks.ReadFloats($"{name}.dequantised"), back);
            cases++;
        }

        Assert.NotEqual(0, cases);
    }

    [Theory]
    [InlineData("nf4")]
    [InlineData("fp4")]
    public void Scales_quantised_again_are_those_of_bitsandbytes(string kind)
    {
        using var golden = SafetensorsFile.Open(Golden.PathOf("nf4/double.safetensors"));
        float[] scales = golden.ReadFloats($"{kind}.absmax");
        byte[] codes = new byte[scales.Length];
        float[] largest = new float[(scales.Length + 255) / 256];
        float offset = FourBitCodec.QuantizeScales(scales, codes, largest);
        float expected = golden.ReadFloats($"{kind}.nested_offset")[0];
        Assert.InRange(Math.Abs(BitConverter.SingleToInt32Bits(offset) - BitConverter.SingleToInt32Bits(expected)), 0, OffsetUlps);
        Assert.Equal(golden.ReadBytes($"{kind}.nested_code_nearest"), codes);

        float[] restored = new float[scales.Length];
        FourBitCodec.DequantizeScales(golden.ReadBytes($"{kind}.nested_code"), golden.ReadFloats($"{kind}.nested_absmax"), expected, restored);
        Assert.Equal(golden.ReadFloats($"{kind}.absmax_restored"), restored);
    }

    [Theory]
    [InlineData("single", false)]
    [InlineData("double", true)]
    public void A_product_with_a_four_bit_weight_is_that_of_its_numbers(string name, bool isDouble)
    {
        using var golden = SafetensorsFile.Open(Golden.PathOf("nf4/linear.safetensors"));
        golden.TryFindTensor("weight", out SafetensorsTensorInfo? info);
        int outputs = info!.Shape[0];
        int inputs = info.Shape[1];
        float[] x = golden.ReadFloats("x");
        int rows = x.Length / inputs;
        using var weight = new WeightMatrix(
            FourBitBlocks.Quantize(FourBitKind.Nf4, golden.ReadFloats("weight"), outputs, inputs, isDouble));
        float[] numbers = golden.ReadFloats($"{name}.dequantised");
        float[] row = new float[inputs];
        for (int o = 0; o < outputs; o++)
        {
            weight.DequantizeRow(o, row);
            TensorAssert.Close(numbers.AsSpan(o * inputs, inputs), row, isDouble ? 1e-6f : 0f, 0f, $"row {o}");
        }

        float[] y = new float[rows * outputs];
        float[] bias = golden.ReadFloats("bias");
        fixed (float* xs = x, ys = y, b = bias)
        {
            LinearKernel.Forward(ys, xs, rows, weight);
            BiasKernel.Forward(ys, b, rows, outputs);
        }

        GoldenNumber.Close("nf4: products", golden.ReadFloats($"{name}.y"), y, LinearAtol, name);
    }

    public static TheoryData<string> Checkpoints =>
        [.. Golden.FoldersIn("nf4").Where(f => Golden.Exists($"nf4/{f}.expected.safetensors"))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Checkpoints))]
    public void Checkpoints_of_four_bits_give_the_logits_of_their_numbers(string folder)
    {
        using var expected = SafetensorsFile.Open(Golden.PathOf($"nf4/{folder}.expected.safetensors"));
        using DecoderModel model = ModelFolder.ReadDecoder(Golden.FolderOf($"nf4/{folder}"));
        Assert.All(model.Linears, l => Assert.NotNull(l.Weight.FourBit));
        int[] ids = FamilyGoldenTests.Ints(expected, "input_ids");
        int[] mask = FamilyGoldenTests.Ints(expected, "attention_mask");
        float[] logits = expected.ReadFloats("logits");
        expected.TryFindTensor("input_ids", out SafetensorsTensorInfo? info);
        int width = info!.Shape[1];
        using var runner = new DecoderRunner(model, Precision.Float32, 64);
        for (int row = 0; row < info.Shape[0]; row++)
        {
            int length = mask.AsSpan(row * width, width).Count(1);
            using ISequenceCache cache = runner.CreateCache(length);
            runner.Forward([new SequencePiece(cache, ids.AsMemory(row * width, length), null, LogitRows.All)]);
            int vocabulary = model.Config.VocabularySize;
            TensorAssert.Close(
                logits.AsSpan(row * width * vocabulary, length * vocabulary), FamilyGoldenTests.Rows(runner, 0, length), LogitsAtol, 0f, folder);
        }
    }
}
