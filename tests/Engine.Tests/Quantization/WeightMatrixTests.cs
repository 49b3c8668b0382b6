using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

public unsafe class WeightMatrixTests
{
    public static TheoryData<ElementType> Types => [.. Weights.Tiled];

    [Theory]
    [MemberData(nameof(Types))]
    public void Rows_and_bytes_come_out_as_they_went_in(ElementType type)
    {
        const int Outputs = 37;
        int inputs = Weights.WholeBlocks(type, 2 * 96);
        var tensor = new Tensor(type, Outputs, inputs);
        if (BlockCodec.CanWrite(type))
        {
            BlockCodec.Quantize(type, Numbers.Random(Outputs * inputs, 1), tensor.Bytes);
        }
        else
        {
            Weights.FillBlocks(tensor, 1);
        }

        byte[] bytes = tensor.Bytes.ToArray();
        float[] stored = new float[Outputs * inputs];
        BlockCodec.Dequantize(type, bytes, stored);

        using var weight = new WeightMatrix(tensor);
        float[] row = new float[inputs];
        for (int output = 0; output < Outputs; output++)
        {
            weight.DequantizeRow(output, row);
            Assert.Equal(stored[(output * inputs)..((output + 1) * inputs)], row);
        }

        using var back = weight.ToTensor();
        Assert.Equal(bytes, back.Bytes.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => weight.DequantizeRow(Outputs, row));
        Assert.Throws<ArgumentOutOfRangeException>(() => weight.DequantizeRow(0, row.AsSpan(1)));
    }

    [Fact]
    public void A_weight_has_two_dimensions()
    {
        using var tensor = new Tensor(ElementType.F32, 2, 3, 4);
        Assert.Throws<ArgumentException>(() => new WeightMatrix(tensor));
    }
}
