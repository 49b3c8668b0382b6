using Ratchet.Engine.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Every row kernel at every vector width against its plain twin: the formula, one number at a time.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class RowKernelWidthTests
{
    // The vector exponential is off by 2e-7, and sums of up to 600 numbers run in another order.
    private const float Atol = 2e-5f;
    private const float Rtol = 2e-5f;

    // Below, at and beyond one and several vectors of each width, and more than a piece of a long sum.
    private static readonly int[] Sizes = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 600];

    private static readonly Dictionary<string, Kernel> Kernels = new()
    {
        ["rms norm"] = (r, o, n) => RmsNormKernel.Forward(o.Rows, o.Row, r.A, r.Small, 2, n, 1e-3f, 1f),
        ["rms norm backward"] = (r, o, n) => RmsNormKernel.Backward(o.Rows, o.More, r.A, r.B, r.Small, r.Positive, 2, n, 1f),
        ["layer norm"] = (r, o, n) => LayerNormKernel.Forward(o.Rows, o.Row, o.Row + 2, r.A, r.Small, r.B, 2, n, 1e-1f),
        ["layer norm backward"] = (r, o, n) => LayerNormKernel.Backward(
            o.Rows, o.More, o.Row, r.A, r.B, r.Small, r.Small + 3, r.Positive, 2, n),
        ["silu gate"] = (r, o, n) => SiluKernel.Forward(o.Rows, r.A, r.B, 2, n),
        ["silu gate backward"] = (r, o, n) => SiluKernel.Backward(o.Rows, o.More, r.A, r.B, r.C, 2, n),
        ["silu"] = (r, o, n) => ActivationKernel.Forward(Activation.Silu, o.Rows, r.A, 2, n),
        ["silu backward"] = (r, o, n) => ActivationKernel.Backward(Activation.Silu, o.Rows, r.A, r.B, 2, n),
        ["gelu curve"] = (r, o, n) => ActivationKernel.Forward(Activation.Gelu, o.Rows, r.A, 2, n),
        ["gelu gate"] = (r, o, n) => ActivationKernel.ForwardGated(Activation.Gelu, o.Rows, r.A, r.B, 2, n),
        ["gelu gate backward"] = (r, o, n) => ActivationKernel.BackwardGated(Activation.Gelu, o.Rows, o.More, r.A, r.B, r.C, 2, n),
        ["gelu tanh"] = (r, o, n) => ActivationKernel.Forward(Activation.GeluTanh, o.Rows, r.A, 2, n),
        ["gelu tanh gate backward"] = (r, o, n) => ActivationKernel.BackwardGated(Activation.GeluTanh, o.Rows, o.More, r.A, r.B, r.C, 2, n),
        ["gelu"] = (r, o, n) => GeluKernel.Forward(o.Rows, r.A, 2, n),
        ["gelu backward"] = (r, o, n) => GeluKernel.Backward(o.Rows, r.A, r.B, 2, n),
        ["rotary"] = (r, o, n) =>
        {
            Copy(r.A, o.Rows, 4 * n);
            RotaryKernel.Forward(o.Rows, r.B, r.C, 2, 1, 2 * n, n);
        },
        ["rotary backward"] = (r, o, n) =>
        {
            Copy(r.A, o.Rows, 4 * n);
            RotaryKernel.Backward(o.Rows, r.B, r.C, 2, 1, 2 * n, n);
        },
        ["dropout"] = (r, o, n) => DropoutKernel.Forward(o.Rows, r.A, 2, n, 0.3f, 77),
        ["dropout backward"] = (r, o, n) => DropoutKernel.Backward(o.Rows, r.A, 2, n, 0.3f, 77),
        ["soft cap"] = (r, o, n) =>
        {
            Copy(r.A, o.Rows, 2 * n);
            SoftCapKernel.Forward(o.Rows, 2, n, 1.5f);
        },
        ["softmax"] = (r, o, n) => o.Row[0] = SoftmaxKernel.Forward(new Span<float>(o.Rows, n), new ReadOnlySpan<float>(r.A, n)),
        ["log sum exp"] = (r, o, n) => o.Row[0] = SoftmaxKernel.LogSumExp(new ReadOnlySpan<float>(r.A, n)),
        ["cross entropy"] = (r, o, n) =>
        {
            Copy(r.A, o.Rows, 2 * n);
            int* targets = stackalloc int[] { n - 1, 0 };
            CrossEntropyKernel.ForwardBackward(o.Row, o.Rows, targets, 2, n, 0.5f);
        },
        ["low rank project"] = (r, o, n) => LowRankKernel.Project(o.Rows, r.A, r.B, 2, n, 5, 0.5f),
        ["low rank expand"] = (r, o, n) => LowRankKernel.Expand(o.Rows, r.A, r.B, 2, n, 5),
        ["adamw"] = (r, o, n) =>
        {
            Copy(r.A, o.Rows, 2 * n);
            Copy(r.B, o.More, 2 * n);
            Copy(r.Positive, o.More + (2 * n), 2 * n);
            AdamWKernel.Step(o.Rows, r.C, o.More, o.More + (2 * n), 2 * n, new AdamWStep(0.7f, 0.01f, 0.9f, 0.99f, 1e-3f, 0.1f, 3));
        },
        ["sum of squares"] = (r, o, n) =>
        {
            double* partial = stackalloc double[AdamWKernel.PartialCount(2 * n)];
            o.Row[0] = (float)AdamWKernel.SumOfSquares(r.A, 2 * n, partial);
        },
        ["low rank outer"] = (r, o, n) => LowRankKernel.Outer(o.Rows, r.A, r.B, 3, n, 5),
    };

    private delegate void Kernel(Inputs inputs, Outputs outputs, int size);

    public static TheoryData<VectorWidth, string> Cases
    {
        get
        {
            var cases = new TheoryData<VectorWidth, string>();
            foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(w => w != VectorWidth.Plain))
            {
                foreach (string kernel in Kernels.Keys)
                {
                    cases.Add(width, kernel);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_kernel_agrees_with_its_plain_twin(VectorWidth width, string kernel)
    {
        foreach (int size in Sizes)
        {
            float[] plain = Run(kernel, size, VectorWidth.Plain, threads: 1);
            float[] fast = Run(kernel, size, width, threads: 1);

            TensorAssert.Close(plain, fast, Atol, Rtol, $"{kernel} of {size}");
            Assert.Equal(fast, Run(kernel, size, width, threads: 3));
        }
    }

    private static float[] Run(string kernel, int size, VectorWidth width, int threads)
    {
        var random = new Random(size);
        float[][] inputs = [Numbers(), Numbers(), Numbers(), Numbers(), [.. Numbers().Select(x => 0.5f + MathF.Abs(x))]];
        float[][] outputs = [new float[(6 * size) + 8], [.. Enumerable.Repeat(0.25f, (6 * size) + 8)], new float[size + 8]];
        fixed (float* a = inputs[0], b = inputs[1], c = inputs[2], small = inputs[3], positive = inputs[4])
        fixed (float* rows = outputs[0], more = outputs[1], row = outputs[2])
        {
            // Lambdas take no pointers of fixed statements.
            var from = new Inputs(a, b, c, small, positive);
            var to = new Outputs(rows, more, row);
            KernelSettings.With(width, threads, () => Kernels[kernel](from, to, size));
        }

        return [.. outputs.SelectMany(o => o)];

        float[] Numbers() => [.. Enumerable.Range(0, (6 * size) + 8).Select(_ => (random.NextSingle() * 4f) - 2f)];
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    private readonly struct Inputs(float* a, float* b, float* c, float* small, float* positive)
    {
        public float* A { get; } = a;

        public float* B { get; } = b;

        public float* C { get; } = c;

        public float* Small { get; } = small;

        public float* Positive { get; } = positive;
    }

    private readonly struct Outputs(float* rows, float* more, float* row)
    {
        public float* Rows { get; } = rows;

        public float* More { get; } = more;

        public float* Row { get; } = row;
    }
}
