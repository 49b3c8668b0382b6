using Ratchet.Engine.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Every row and element kernel: forward against its formula in double, backward against central differences.</summary>
public sealed unsafe class ElementKernelTests
{
    private const float Atol = 1e-5f;
    private const float Rtol = 1e-4f;
    private const float GradientTolerance = 2e-2f;
    private const float Step = 1e-3f;

    [Fact]
    public void RmsNorm_agrees_with_formula_and_differences() => Claim.Holds(cases: 40, (random, dim) =>
    {
        float[] x = Uniform(random, 2 * dim);
        float[] weight = Uniform(random, dim);
        float[] dy = Uniform(random, 2 * dim);
        float[] y = new float[2 * dim];
        float[] inverseRms = new float[2];
        float[] dx = new float[2 * dim];
        float[] dWeight = new float[dim];
        double loss = Loss();
        float[] expected = new float[dim];
        RmsNormKernel.ForwardPlain(expected, x.AsSpan(0, dim), weight, 1e-2f);
        TensorAssert.Close(expected, y.AsSpan(0, dim), Atol, Rtol, "y");
        fixed (float* px = x, pw = weight, pdy = dy, pr = inverseRms, pdx = dx, pdw = dWeight)
        {
            RmsNormKernel.Backward(pdx, pdw, pdy, px, pw, pr, 2, dim);
        }

        TensorAssert.Close(Gradient.OfNumerically(Loss, x, Step), dx, GradientTolerance, GradientTolerance, "dx");
        TensorAssert.Close(Gradient.OfNumerically(Loss, weight, Step), dWeight, GradientTolerance, GradientTolerance, "dWeight");
        Assert.True(double.IsFinite(loss));

        double Loss()
        {
            fixed (float* px = x, pw = weight, py = y, pr = inverseRms)
            {
                RmsNormKernel.Forward(py, pr, px, pw, 2, dim, 1e-2f);
            }

            return Dot(y, dy);
        }
    });

    [Fact]
    public void LayerNorm_agrees_with_differences() => Claim.Holds(cases: 30, (random, size) =>
    {
        int dim = size + 1;
        float[] x = Uniform(random, 2 * dim);
        float[] weight = Uniform(random, dim);
        float[] bias = Uniform(random, dim);
        float[] dy = Uniform(random, 2 * dim);
        float[] y = new float[2 * dim];
        float[] mean = new float[2];
        float[] inverse = new float[2];
        float[] dx = new float[2 * dim];
        float[] dWeight = new float[dim];
        float[] dBias = new float[dim];
        Loss();
        fixed (float* px = x, pw = weight, pdy = dy, pm = mean, pi = inverse, pdx = dx, pdw = dWeight, pdb = dBias)
        {
            LayerNormKernel.Backward(pdx, pdw, pdb, pdy, px, pw, pm, pi, 2, dim);
        }

        TensorAssert.Close(Gradient.OfNumerically(Loss, x, Step), dx, GradientTolerance, GradientTolerance, "dx");
        TensorAssert.Close(Gradient.OfNumerically(Loss, weight, Step), dWeight, GradientTolerance, GradientTolerance, "dWeight");
        TensorAssert.Close(Gradient.OfNumerically(Loss, bias, Step), dBias, GradientTolerance, GradientTolerance, "dBias");

        double Loss()
        {
            fixed (float* px = x, pw = weight, pb = bias, py = y, pm = mean, pi = inverse)
            {
                LayerNormKernel.Forward(py, pm, pi, px, pw, pb, 2, dim, 1e-1f);
            }

            return Dot(y, dy);
        }
    });

    [Fact]
    public void Silu_gate_agrees_with_formula_and_differences() => Claim.Holds(cases: 20, (random, dim) =>
    {
        float[] gate = Uniform(random, dim);
        float[] up = Uniform(random, dim);
        float[] dy = Uniform(random, dim);
        float[] y = new float[dim];
        float[] dGate = new float[dim];
        float[] dUp = new float[dim];
        Loss();
        TensorAssert.Close([.. gate.Zip(up, SiluKernel.Plain)], y, 1e-6f, 1e-5f, "y");
        fixed (float* g = gate, u = up, d = dy, dg = dGate, du = dUp)
        {
            SiluKernel.Backward(dg, du, d, g, u, 1, dim);
        }

        TensorAssert.Close(Gradient.OfNumerically(Loss, gate, Step), dGate, GradientTolerance, GradientTolerance, "dGate");
        TensorAssert.Close(Gradient.OfNumerically(Loss, up, Step), dUp, GradientTolerance, GradientTolerance, "dUp");

        double Loss()
        {
            fixed (float* g = gate, u = up, o = y)
            {
                SiluKernel.Forward(o, g, u, 1, dim);
            }

            return Dot(y, dy);
        }
    });

    [Fact]
    public void Gelu_agrees_with_known_values_and_differences()
    {
        float[] x = [-3f, -1f, -0.1f, 0f, 0.1f, 1f, 3f, 0.5f, -0.5f, 8f];
        float[] dy = [.. x.Select((_, i) => 1f + (0.1f * i))];
        float[] y = new float[x.Length];
        float[] dx = new float[x.Length];
        Loss();

        // x · Φ(x) from a table of the normal distribution.
        Assert.Equal(0.8413447f, y[5], 1e-6f);
        Assert.Equal(-0.1586553f, y[1], 1e-6f);
        Assert.Equal(-0.0040497f, y[0], 1e-6f);
        fixed (float* px = x, pd = dy, pdx = dx)
        {
            GeluKernel.Backward(pdx, pd, px, 1, x.Length);
        }

        TensorAssert.Close(Gradient.OfNumerically(Loss, x, Step), dx, GradientTolerance, GradientTolerance, "dx");

        double Loss()
        {
            fixed (float* px = x, py = y)
            {
                GeluKernel.Forward(py, px, 1, x.Length);
            }

            return Dot(y, dy);
        }
    }

    [Fact]
    public void Rotary_turns_back_what_it_turned()
    {
        var random = new Random(4);
        float[] x = Uniform(random, 3 * 2 * 20);
        float[] before = [.. x];
        float[] cosine = new float[3 * 9];
        float[] sine = new float[3 * 9];
        float[] frequencies = [.. Enumerable.Range(0, 9).Select(i => MathF.Pow(10_000f, -i / 9f))];
        int[] positions = [0, 1, 77];
        fixed (float* px = x, c = cosine, s = sine, f = frequencies)
        fixed (int* p = positions)
        {
            RotaryKernel.Angles(c, s, p, f, 3, 9);
            RotaryKernel.Forward(px, c, s, 3, 2, 20, 9);
            Assert.Equal(before[..40], x[..40]);
            Assert.Equal((before[40] * MathF.Cos(1f)) - (before[49] * MathF.Sin(1f)), x[40], 1e-6f);
            Assert.Equal(before[58], x[58]);
            RotaryKernel.Backward(px, c, s, 3, 2, 20, 9);
        }

        TensorAssert.Close(before, x, 1e-6f, 1e-5f, "x");
    }

    [Fact]
    public void CrossEntropy_agrees_with_differences_and_ignores_what_it_should()
    {
        var random = new Random(6);
        float[] logits = Uniform(random, 3 * 11);
        logits[0] = 300f;
        int[] targets = [4, CrossEntropyKernel.IgnoredTarget, 10];
        float[] gradient = [.. logits];
        float[] losses = new float[3];
        fixed (float* g = gradient, l = losses)
        fixed (int* t = targets)
        {
            CrossEntropyKernel.ForwardBackward(l, g, t, 3, 11, 0.5f);
        }

        Assert.Equal(0f, losses[1]);
        Assert.Equal(0.5 * losses.Sum(v => (double)v), Loss(), 1e-4);
        TensorAssert.Close(Gradient.OfNumerically(Loss, logits.AsSpan(11), Step), gradient.AsSpan(11), GradientTolerance, GradientTolerance, "dx");

        double Loss()
        {
            float[] own = new float[3];
            fixed (float* x = logits, l = own)
            fixed (int* t = targets)
            {
                CrossEntropyKernel.Forward(l, x, t, 3, 11);
            }

            return 0.5 * own.Sum(v => (double)v);
        }
    }

    [Fact]
    public void Softmax_survives_large_logits_and_agrees_with_differences()
    {
        float[] x = [1000f, 999f, 998f, -1000f];
        float[] p = new float[4];
        Assert.Equal(1000.40760f, SoftmaxKernel.Forward(p, x), 1e-3f);
        Assert.Equal(1000.40760f, SoftmaxKernel.LogSumExp(x), 1e-3f);
        Assert.Equal(1f, p.Sum(), 1e-6f);
        float[] point = [0.3f, -0.2f, 1.1f];
        float[] weights = [1f, -2f, 0.5f];
        float[] dx = new float[3];
        float[] at = new float[3];
        SoftmaxKernel.Forward(at, point);
        SoftmaxKernel.Backward(dx, weights, at);
        TensorAssert.Close(Gradient.OfNumerically(Loss, point, Step), dx, GradientTolerance, GradientTolerance, "dx");

        double Loss()
        {
            float[] own = new float[3];
            SoftmaxKernel.Forward(own, point);
            return Dot(own, weights);
        }
    }

    [Fact]
    public void Low_rank_products_agree_with_their_sums() => Claim.Holds(cases: 25, (random, size) =>
    {
        int rows = 1 + (size % 6);
        int dim = size;
        int rank = 1 + (size % 9);
        float[] x = Uniform(random, rows * dim);
        float[] p = Uniform(random, rank * dim);
        float[] z = new float[rows * rank];
        float[] y = new float[rows * dim];
        float[] dp = new float[rank * dim];
        fixed (float* px = x, pp = p, pz = z, py = y, pdp = dp)
        {
            LowRankKernel.Project(pz, px, pp, rows, dim, rank, 0.5f);
            LowRankKernel.Expand(py, pz, pp, rows, dim, rank);
            LowRankKernel.Outer(pdp, pz, px, rows, dim, rank);
        }

        for (int i = 0; i < rows; i++)
        {
            for (int r = 0; r < rank; r++)
            {
                double sum = Enumerable.Range(0, dim).Sum(j => (double)x[(i * dim) + j] * p[(r * dim) + j]) * 0.5;
                Assert.Equal(sum, z[(i * rank) + r], 1e-4);
            }

            for (int j = 0; j < dim; j++)
            {
                Assert.Equal(Enumerable.Range(0, rank).Sum(r => (double)z[(i * rank) + r] * p[(r * dim) + j]), y[(i * dim) + j], 1e-4);
            }
        }

        for (int r = 0; r < rank; r++)
        {
            for (int j = 0; j < dim; j++)
            {
                Assert.Equal(Enumerable.Range(0, rows).Sum(i => (double)z[(i * rank) + r] * x[(i * dim) + j]), dp[(r * dim) + j], 1e-4);
            }
        }
    });

    [Fact]
    public void AdamW_takes_the_first_step_of_the_paper()
    {
        float[] p = [1f, -2f, 0.5f, 0f, 1f, 1f, 1f, 1f, 3f];
        float[] g = [0.1f, -0.2f, 0f, 1f, 1f, 1f, 1f, 1f, -4f];
        float[] before = [.. p];
        float[] m = new float[9];
        float[] v = new float[9];
        fixed (float* pp = p, pg = g, pm = m, pv = v)
        {
            AdamWKernel.Step(pp, pg, pm, pv, 9, new AdamWStep(1f, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, 1));
        }

        for (int i = 0; i < 9; i++)
        {
            // After one step m' / √v' is the sign of the gradient, and nothing for a gradient of zero.
            Assert.Equal((before[i] * (1f - 0.001f)) - (0.01f * MathF.Sign(g[i])), p[i], 1e-6f);
        }
    }

    [Fact]
    public void Dropout_keeps_its_share_and_its_mask()
    {
        float[] x = [.. Enumerable.Repeat(1f, 40_000)];
        float[] y = new float[x.Length];
        float[] dx = new float[x.Length];
        fixed (float* px = x, py = y, pdx = dx)
        {
            DropoutKernel.Forward(py, px, 40, 1000, 0.25f, 11);
            DropoutKernel.Backward(pdx, px, 40, 1000, 0.25f, 11);
        }

        Assert.Equal(y, dx);
        Assert.InRange(y.Count(v => v == 0f) / 40_000.0, 0.24, 0.26);
        Assert.All(y, v => Assert.True(v is 0f or > 1.333f and < 1.334f));
        fixed (float* px = x, py = y)
        {
            DropoutKernel.Forward(py, px, 40, 1000, 0.25f, 12);
        }

        Assert.NotEqual(dx, y);
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private static float[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4f) - 2f)];
}
