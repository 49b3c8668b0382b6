using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Several products of one input in integers, with adapters: each row and each product as if it were alone, and near the formula.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class IntegerProductTests
{
    private const int Inputs = 96;
    private const int Rows = 53;

    // Emitted code has the first three, and then no rows but its own; of the others it has two.
    private static readonly ElementType[][] TypesOfProducts =
        [[ElementType.Q4_1, ElementType.Q8_0, ElementType.Q4_0], [ElementType.Q4_1, ElementType.Q8_0, ElementType.Q5_0]];

    private static readonly int[] Outputs = [64, 33, 16];
    private static readonly int[] Ranks = [16, 3, 40];

    public static TheoryData<VectorWidth, MatrixUnit, int> PathsAndTypes => new([
        .. Paths.SelectMany(path => Enumerable.Range(0, TypesOfProducts.Length).Select(types => (path.Data.Item1, path.Data.Item2, types))),
    ]);

    public static TheoryData<VectorWidth, MatrixUnit> Paths => new([
        .. KernelSettings.Widths.Select(width => (width.Data, MatrixUnit.None)),
        .. MatrixPath.Best == MatrixUnit.None ? [] : (IEnumerable<(VectorWidth, MatrixUnit)>)[(VectorWidth.Bits512, MatrixPath.Best)],
    ]);

    [Theory]
    [MemberData(nameof(PathsAndTypes))]
    public void Products_together_are_those_alone_and_near_the_formula(VectorWidth width, MatrixUnit unit, int types)
    {
        ElementType[] kinds = TypesOfProducts[types];
        float[] x = Numbers.Random(Rows * Inputs, 1);
        var weights = new WeightMatrix[kinds.Length];
        float[][] stored = new float[kinds.Length][];
        for (int i = 0; i < kinds.Length; i++)
        {
            weights[i] = Weights.Random(kinds[i], Outputs[i], Inputs, i + 5, out stored[i]);
        }

        // In the first plan rows 3-10 have the first adapter, 12-20 the second, which leaves the second product alone. More than 32 rows go
        // block by block: of those in the last plan some have one adapter, some two, and some none.
        (int Count, int Adapter)[][] plans =
            [[(3, -1), (8, 0), (1, -1), (9, 1)], [(21, 0)], [(21, -1)], [(Rows, 0)], [(1, 0), (19, 1), (17, 0), (2, 1), (14, -1)]];
        float[] before = Numbers.Random(Rows * Outputs[2], 3);
        (float[] A, float[] B)[][] factors = [.. Enumerable.Range(0, 2).Select(a => Enumerable.Range(0, kinds.Length).Select(i =>
            (Numbers.Random(Ranks[i] * Inputs, 100 + a + i), Numbers.Random(Ranks[i] * Outputs[i], 200 + a + i))).ToArray())];
        With(width, unit, () =>
        {
            foreach ((int Count, int Adapter)[] plan in plans)
            {
                int rows = plan.Sum(run => run.Count);
                float[][] together = Run(0, plan);
                if (unit != MatrixUnit.None)
                {
                    With(width, MatrixUnit.None, () => Assert.Equal(Run(0, plan), together));
                }

                int[] adapters = [.. plan.SelectMany(run => Enumerable.Repeat(run.Adapter, run.Count))];
                for (int row = 0; row < rows; row++)
                {
                    float[][] alone = Run(row, [(1, adapters[row])]);
                    for (int p = 0; p < kinds.Length; p++)
                    {
                        float[] own = together[p][(row * Outputs[p])..((row + 1) * Outputs[p])];
                        Assert.Equal(alone[p], own);
                        Assert.InRange(Numbers.NormalisedError(Expected(row, p, adapters[row]), own), 0, 5e-4);
                    }
                }
            }
        });
        Array.ForEach(weights, weight => weight.Dispose());

        float[][] Run(int firstRow, (int Count, int Adapter)[] runs)
        {
            int rows = runs.Sum(run => run.Count);
            float[][] results = [.. Outputs.Select(outputs => new float[rows * outputs])];
            before.AsSpan(firstRow * Outputs[2], rows * Outputs[2]).CopyTo(results[2]);
            List<IDisposable> owned = [];
            var additions = new IntegerAddition[runs.Length * kinds.Length];
            var own = new IntegerRun[runs.Length];
            fixed (float* xAt = &x[firstRow * Inputs], y0 = results[0], y1 = results[1], y2 = results[2])
            fixed (IntegerAddition* additionsAt = additions)
            fixed (IntegerRun* runsAt = own)
            {
                for (int run = 0; run < runs.Length; run++)
                {
                    own[run] = new IntegerRun { Rows = runs[run].Count, Additions = runs[run].Adapter < 0 ? null : additionsAt + (run * kinds.Length) };
                    for (int p = 0; p < kinds.Length && runs[run].Adapter >= 0; p++)
                    {
                        if (Adds(runs[run].Adapter, p))
                        {
                            additions[(run * kinds.Length) + p] = Addition(factors[runs[run].Adapter][p], p, owned);
                        }
                    }
                }

                IntegerTask* tasks = stackalloc IntegerTask[kinds.Length];
                tasks[0] = IntegerTask.Of(weights[0], y0, accumulate: false);
                tasks[1] = IntegerTask.Of(weights[1], y1, accumulate: false, isFine: true);
                tasks[2] = IntegerTask.Of(weights[2], y2, accumulate: true);
                IntegerProduct.Run(xAt, Inputs, tasks, kinds.Length, runsAt, runs.Length);
            }

            owned.ForEach(one => one.Dispose());
            return results;
        }

        double[] Expected(int row, int product, int adapter)
        {
            double[] y = Numbers.Product((_, k) => x[(row * Inputs) + k], (k, j) => stored[product][(j * Inputs) + k], 1, Inputs, Outputs[product]);
            for (int output = 0; output < Outputs[product] && product == 2; output++)
            {
                y[output] += before[(row * Outputs[product]) + output];
            }

            if (adapter < 0 || !Adds(adapter, product))
            {
                return y;
            }

            (float[] a, float[] b) = factors[adapter][product];
            for (int rank = 0; rank < Ranks[product]; rank++)
            {
                double z = 0;
                for (int i = 0; i < Inputs; i++)
                {
                    z += (double)x[(row * Inputs) + i] * a[(rank * Inputs) + i];
                }

                for (int output = 0; output < Outputs[product]; output++)
                {
                    y[output] += 0.5 * z * b[(rank * Outputs[product]) + output];
                }
            }

            return y;
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_fine_product_is_as_near_as_single_precision(VectorWidth width, MatrixUnit unit)
    {
        foreach (ElementType type in (ElementType[])[ElementType.Q4_1, ElementType.Q4_0, ElementType.Q8_0, ElementType.Q6_K])
        {
            int inputs = Weights.WholeBlocks(type, 96);
            using WeightMatrix weight = Weights.Random(type, 40, inputs, 7, out float[] stored);
            float[] x = Numbers.Random(9 * inputs, 2);
            double[] expected = Numbers.Product((i, k) => x[(i * inputs) + k], (k, j) => stored[(j * inputs) + k], 9, inputs, 40);
            float[] y = new float[9 * 40];
            With(width, unit, () =>
            {
                fixed (float* xAt = x, yAt = y)
                {
                    IntegerProduct.Run(xAt, 9, inputs, IntegerTask.Of(weight, yAt, accumulate: false, isFine: true));
                }
            });

            // Activations of sixteen bits: 2^-15 of the largest of 16 numbers, squared, is a billionth.
            Assert.InRange(Numbers.NormalisedError(expected, y), 0, 1e-9);
        }
    }

    private static bool Adds(int adapter, int product) => adapter == 0 || product != 1;

    private static IntegerAddition Addition((float[] A, float[] B) factors, int product, List<IDisposable> owned)
    {
        var tensor = new Tensor(ElementType.Q8_0, Ranks[product], Inputs);
        BlockCodec.Quantize(ElementType.Q8_0, factors.A, tensor.Bytes);
        var a = new WeightMatrix(tensor);
        fixed (float* bAt = factors.B)
        {
            var b = new ExpansionMatrix(bAt, Ranks[product], Outputs[product]);
            owned.AddRange([a, b]);
            return IntegerAddition.Of(a, b, 0.5f);
        }
    }

    private static void With(VectorWidth width, MatrixUnit unit, Action run)
    {
        MatrixUnit before = MatrixPath.Unit;
        try
        {
            MatrixPath.Unit = unit;
            KernelSettings.With(width, 2, run);
        }
        finally
        {
            MatrixPath.Unit = before;
        }
    }
}
