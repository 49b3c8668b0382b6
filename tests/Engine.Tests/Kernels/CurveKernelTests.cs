using Ratchet.Engine.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Curves, caps, gains and biases against their formulas in double precision, and their gradients against central differences.</summary>
public sealed unsafe class CurveKernelTests
{
    private const float Atol = 2e-6f;
    private const float Rtol = 1e-5f;
    private const float GradientTolerance = 2e-2f;

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.GeluTanh)]
    public void Curves_agree_with_their_formulas(Activation curve) => Claim.Holds(20, (random, size) =>
    {
        float[] x = Uniform(random, 3 * size, 12f);
        float[] up = Uniform(random, 3 * size, 2f);
        float[] y = new float[x.Length];
        float[] gated = new float[x.Length];
        fixed (float* xs = x, us = up, ys = y, gs = gated)
        {
            ActivationKernel.Forward(curve, ys, xs, 3, size);
            ActivationKernel.ForwardGated(curve, gs, xs, us, 3, size);
        }

        TensorAssert.Close([.. x.Select(v => (float)Value(curve, v))], y, Atol, Rtol, curve.ToString());
        TensorAssert.Close([.. x.Zip(up, (v, u) => (float)(Value(curve, v) * u))], gated, 2 * Atol, Rtol, $"gated {curve}");
    });

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.GeluTanh)]
    public void Slopes_of_curves_agree_with_their_formulas(Activation curve) => Claim.Holds(20, (random, size) =>
    {
        float[] x = Uniform(random, 2 * size, 8f);
        float[] up = Uniform(random, 2 * size, 2f);
        float[] dy = Uniform(random, 2 * size, 2f);
        float[] dx = (float[])dy.Clone();
        float[] dGate = (float[])dy.Clone();
        float[] dUp = new float[x.Length];
        fixed (float* xs = x, us = up, d = dx, dg = dGate, du = dUp)
        {
            ActivationKernel.Backward(curve, d, d, xs, 2, size);
            ActivationKernel.BackwardGated(curve, dg, du, dg, xs, us, 2, size);
        }

        for (int i = 0; i < x.Length; i++)
        {
            double slope = (Value(curve, x[i] + 1e-4) - Value(curve, x[i] - 1e-4)) / 2e-4;
            Assert.Equal(dy[i] * slope, dx[i], 1e-5);
            Assert.Equal(dy[i] * up[i] * slope, dGate[i], 2e-5);
            Assert.Equal(dy[i] * Value(curve, x[i]), dUp[i], 1e-5);
        }
    });

    [Fact]
    public void Caps_keep_numbers_within_their_bound_and_pass_gradients_on() => Claim.Holds(20, (random, size) =>
    {
        const float Cap = 3f;
        float[] x = Uniform(random, 2 * size, 300f);
        x[0] = 1000f;
        float[] y = (float[])x.Clone();
        float[] dx = Uniform(random, x.Length, 1f);
        float[] dy = (float[])dx.Clone();
        fixed (float* ys = y, d = dx)
        {
            SoftCapKernel.Forward(ys, 2, size, Cap);
            SoftCapKernel.Backward(d, ys, 2, size, Cap);
        }

        for (int i = 0; i < x.Length; i++)
        {
            double tanh = Math.Tanh(x[i] / Cap);
            Assert.Equal(Cap * tanh, y[i], 2e-6);
            Assert.Equal(dy[i] * (1 - (tanh * tanh)), dx[i], 2e-6);
        }
    });

    [Fact]
    public void Gains_and_biases_agree_with_their_formulas() => Claim.Holds(20, (random, size) =>
    {
        const int Rows = 5;
        float[] u = Uniform(random, Rows * size, 1f);
        float[] gain = Uniform(random, size, 1f);
        float[] bias = Uniform(random, size, 1f);
        float[] y = Uniform(random, Rows * size, 1f);
        float[] before = (float[])y.Clone();
        float[] du = new float[u.Length];
        float[] dGain = new float[size];
        float[] dBias = new float[size];
        fixed (float* us = u, g = gain, b = bias, ys = y, dus = du, dg = dGain, db = dBias)
        {
            GainKernel.Forward(ys, us, g, b, Rows, size, accumulate: true);
            GainKernel.Backward(dus, dg, ys, us, g, g, Rows, size);
            BiasKernel.Backward(db, ys, Rows, size);
        }

        for (int j = 0; j < size; j++)
        {
            double sum = 0;
            double total = 0;
            for (int i = 0; i < Rows; i++)
            {
                int at = (i * size) + j;
                Assert.Equal(before[at] + (u[at] * gain[j]) + bias[j], y[at], 1e-5);
                Assert.Equal(y[at] * gain[j], du[at], 1e-5);
                sum += y[at] * u[at];
                total += y[at];
            }

            Assert.Equal(gain[j] * sum, dGain[j], 1e-4);
            Assert.Equal(total, dBias[j], 1e-5);
        }
    });

    // Windows, caps and scales together, through blocks of keys and with more queries than fit a block.
    [Theory]
    [InlineData(5, 0, 1f)]
    [InlineData(70, 0, 0.2f)]
    [InlineData(3, 1.5f, 0.7f)]
    [InlineData(0, 2f, 0.5f)]
    [InlineData(1, 0, 1f)]
    public void Windows_and_caps_agree_with_the_plain_formulas(int window, float cap, float scale)
    {
        const int Size = 12;
        var shape = new AttentionShape(1, 1, Size, IsCausal: true) { Window = window, Cap = cap, Scale = scale };
        foreach ((int queries, int keys) in ((int, int)[])[(1, 1), (40, 150), (150, 150), (1, 131)])
        {
            var random = new Random(queries + window);
            float[] query = Uniform(random, queries * Size, 2f);
            float[] key = Uniform(random, keys * Size, 2f);
            float[] value = Uniform(random, keys * Size, 2f);
            float[] expected = new float[query.Length];
            AttentionKernel.ForwardPlain(expected, query, key, value, queries, keys, shape);
            float[] actual = new float[query.Length];
            fixed (float* q = query, k = key, v = value, o = actual)
            {
                var segment = new AttentionSegment
                {
                    Query = q,
                    Key = k,
                    Value = v,
                    Output = o,
                    QueryCount = queries,
                    KeyCount = keys,
                    KeyStride = Size,
                };
                AttentionKernel.Forward(&segment, 1, shape);
            }

            TensorAssert.Close(expected, actual, 1e-5f, 1e-4f, $"{queries} of {keys}");
        }
    }

    [Theory]
    [InlineData(4, 0f)]
    [InlineData(70, 0f)]
    [InlineData(3, 1.5f)]
    public void Backward_through_windows_and_caps_agrees_with_central_differences(int window, float cap)
    {
        const int Rows = 90;
        const int Size = 4;
        var shape = new AttentionShape(1, 1, Size, IsCausal: true) { Window = window, Cap = cap };
        var random = new Random(window);
        float[][] inputs = [.. Enumerable.Range(0, 3).Select(_ => Uniform(random, Rows * Size, 2f))];
        float[] up = Uniform(random, Rows * Size, 2f);
        float[] output = new float[Rows * Size];
        float[] logSum = new float[Rows];
        float[][] gradients = [.. Enumerable.Range(0, 3).Select(_ => new float[Rows * Size])];
        float[] perHead = new float[2 * Rows * Size];
        Loss(isBackward: true);
        foreach (int input in (int[])[0, 1, 2])
        {
            for (int i = 0; i < 60; i++)
            {
                int at = random.Next(Rows * Size);
                float own = inputs[input][at];
                inputs[input][at] = own + 1e-2f;
                double above = Loss(isBackward: false);
                inputs[input][at] = own - 1e-2f;
                double below = Loss(isBackward: false);
                inputs[input][at] = own;
                TensorAssert.Close([(float)((above - below) / 2e-2)], [gradients[input][at]], GradientTolerance, GradientTolerance, $"input {input}, {at}");
            }
        }

        double Loss(bool isBackward)
        {
            fixed (float* q = inputs[0], k = inputs[1], v = inputs[2], o = output, l = logSum, u = up, p = perHead)
            fixed (float* dq = gradients[0], dk = gradients[1], dv = gradients[2])
            {
                var segment = new AttentionSegment
                {
                    Query = q,
                    Key = k,
                    Value = v,
                    Output = o,
                    LogSum = l,
                    QueryCount = Rows,
                    KeyCount = Rows,
                    KeyStride = Size,
                };
                AttentionKernel.Forward(&segment, 1, shape);
                if (isBackward)
                {
                    AttentionKernel.Backward(dq, dk, dv, u, &segment, 1, shape, p, Rows, Rows);
                }
            }

            return output.Zip(up, (o, u) => (double)o * u).Sum();
        }
    }

    private static double Value(Activation curve, double x) => curve switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Gelu => x * 0.5 * (1 + Erf(x / Math.Sqrt(2))),
        _ => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
    };

    // The series of erf, and 1 where it has long been reached.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5)
        {
            return Math.Sign(x);
        }

        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static float[] Uniform(Random random, int count, float width)
        => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * width)];
}
