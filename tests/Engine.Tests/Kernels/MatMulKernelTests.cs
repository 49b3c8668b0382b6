using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

[Collection(KernelSettings.Name)]
public unsafe class MatMulKernelTests
{
    /// <summary>Rows, inputs, outputs: single ones, tails of every tile, thin matrices as of LoRA, several chunks of the sum.</summary>
    private static readonly (int Rows, int Inputs, int Outputs)[] Shapes =
    [
        (1, 1, 1), (1, 64, 16), (2, 33, 17), (3, 8, 100), (5, 100, 8), (6, 16, 32), (7, 31, 33), (8, 576, 8), (12, 40, 47),
        (13, 8, 48), (14, 321, 20), (50, 700, 35), (97, 64, 64), (130, 5, 2), (1, 1000, 3), (61, 2, 130),
    ];

    public static TheoryData<VectorWidth> Widths => KernelSettings.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Forward_is_the_formula(VectorWidth width) => ForEachShape(width, (rows, inputs, outputs) =>
    {
        float[] x = Numbers.Random(rows * inputs, 1);
        float[] w = Numbers.Random(outputs * inputs, 2);
        float[] y = Numbers.Random(rows * outputs, 3);
        double[] added = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs, 0.5, y);
        double[] alone = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs);
        fixed (float* xAt = x, wAt = w, yAt = y)
        {
            MatMulKernel.Forward(yAt, xAt, wAt, rows, inputs, outputs, 0.5f, accumulate: true);
            Numbers.AssertNear(added, y);
            MatMulKernel.Forward(yAt, xAt, wAt, rows, inputs, outputs);
            Numbers.AssertNear(alone, y);
        }
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void Gradients_are_their_formulas_and_are_added(VectorWidth width) => ForEachShape(width, (rows, inputs, outputs) =>
    {
        float[] x = Numbers.Random(rows * inputs, 1);
        float[] w = Numbers.Random(outputs * inputs, 2);
        float[] dy = Numbers.Random(rows * outputs, 3);
        float[] dx = Numbers.Random(rows * inputs, 4);
        float[] dw = Numbers.Random(outputs * inputs, 5);
        double[] dxExpected = Numbers.Product((i, o) => dy[(i * outputs) + o], (o, j) => w[(o * inputs) + j], rows, outputs, inputs, 2, dx);
        double[] dwExpected = Numbers.Product((o, i) => dy[(i * outputs) + o], (i, j) => x[(i * inputs) + j], outputs, rows, inputs, 2, dw);
        fixed (float* xAt = x, wAt = w, dyAt = dy, dxAt = dx, dwAt = dw)
        {
            MatMulKernel.BackwardInput(dxAt, dyAt, wAt, rows, inputs, outputs, 2f);
            MatMulKernel.BackwardWeight(dwAt, dyAt, xAt, rows, inputs, outputs, 2f);
        }

        Numbers.AssertNear(dxExpected, dx);
        Numbers.AssertNear(dwExpected, dw);
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_row_has_the_same_bits_alone_and_among_others_on_any_number_of_threads(VectorWidth width)
    {
        const int Rows = 77;
        foreach ((int inputs, int outputs) in ((int, int)[])[(576, 200), (700, 8), (8, 576), (64, 1500)])
        {
            float[] x = Numbers.Random(Rows * inputs, 1);
            float[] w = Numbers.Random(outputs * inputs, 2);
            float[] together = new float[Rows * outputs];
            float[] gradient = new float[Rows * inputs];
            KernelSettings.With(width, 3, () => Both(x, w, together, gradient, Rows));
            foreach (int row in (int[])[0, 5, 40, 72, 76])
            {
                float[] alone = new float[outputs];
                float[] gradientAlone = new float[inputs];
                KernelSettings.With(width, 1, () => Both(x[(row * inputs)..((row + 1) * inputs)], w, alone, gradientAlone, 1));
                Assert.Equal(together[(row * outputs)..((row + 1) * outputs)], alone);
                Assert.Equal(gradient[(row * inputs)..((row + 1) * inputs)], gradientAlone);
            }
        }
    }

    [Fact]
    public void A_head_inside_wider_rows_is_multiplied_in_place()
    {
        const int Tokens = 19;
        const int Width = 40;
        const int Head = 8;
        float[] q = Numbers.Random(Tokens * Width, 1);
        float[] k = Numbers.Random(Tokens * Width, 2);
        float[] scores = new float[Tokens * Tokens];
        fixed (float* qAt = q, kAt = k, at = scores)
        {
            MatMulKernel.Product(at, Tokens, qAt + 16, (Width, 1), kAt + 24, Width, isTransposed: true, Tokens, Head, Tokens, 0.25f);
        }

        Numbers.AssertNear(
            Numbers.Product((i, d) => q[(i * Width) + 16 + d], (d, j) => k[(j * Width) + 24 + d], Tokens, Head, Tokens, 0.25), scores);
    }

    private static void Both(float[] x, float[] w, float[] y, float[] dx, int rows)
    {
        int inputs = x.Length / rows;
        fixed (float* xAt = x, wAt = w, yAt = y, dxAt = dx)
        {
            MatMulKernel.Forward(yAt, xAt, wAt, rows, inputs, y.Length / rows);
            MatMulKernel.BackwardInput(dxAt, yAt, wAt, rows, inputs, y.Length / rows);
        }
    }

    private static void ForEachShape(VectorWidth width, Action<int, int, int> check)
        => KernelSettings.With(width, 2, () =>
        {
            foreach ((int rows, int inputs, int outputs) in Shapes)
            {
                check(rows, inputs, outputs);
            }
        });
}
