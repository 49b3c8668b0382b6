using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>The curves of feed-forward layers, plain or as a gate, and their gradients.</summary>
/// <remarks>
/// <code>
/// plain  y = f(x),       dx = dy · f'(x)
/// gated  y = f(g) · u,   dg = dy · u · f'(g),   du = dy · f(g)
/// silu       f(x) = x · σ(x)
/// gelu       f(x) = x · Φ(x)
/// gelu tanh  f(x) = x · σ(2·√(2/π)·(x + 0.044715·x³)), which is x · (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2
/// </code>
/// Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415; Shazeer 2020, https://arxiv.org/abs/2002.05202, eq. 6.
/// Gradients are written, not added: nothing else flows into a curve.
/// </remarks>
public static unsafe class ActivationKernel
{
    /// <summary>y = f(x).</summary>
    /// <param name="curve">f.</param>
    /// <param name="y">Output [rows, dim]; may be the memory of x.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Forward(Activation curve, float* y, float* x, int rows, int dim)
    {
        switch (curve)
        {
            case Activation.Silu:
                RowLoop.Run(rows, RowChunk.Rows(rows, 4L * dim), new ForwardBody<Silu>(y, x, null, dim));
                return;
            case Activation.Gelu:
                RowLoop.Run(rows, RowChunk.Rows(rows, 6L * dim), new ForwardBody<Gelu>(y, x, null, dim));
                return;
            default:
                RowLoop.Run(rows, RowChunk.Rows(rows, 5L * dim), new ForwardBody<GeluTanh>(y, x, null, dim));
                return;
        }
    }

    /// <summary>dx = dy · f'(x).</summary>
    /// <param name="curve">f.</param>
    /// <param name="dx">Output [rows, dim]; may be the memory of dy.</param>
    /// <param name="dy">Gradient of y [rows, dim].</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(Activation curve, float* dx, float* dy, float* x, int rows, int dim)
        => Backward(curve, dx, null, dy, x, null, rows, dim);

    /// <summary>y = f(gate) · up.</summary>
    /// <param name="curve">f.</param>
    /// <param name="y">Output [rows, dim]; may be the memory of gate or up.</param>
    /// <param name="gate">g [rows, dim].</param>
    /// <param name="up">u [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void ForwardGated(Activation curve, float* y, float* gate, float* up, int rows, int dim)
    {
        switch (curve)
        {
            case Activation.Silu:
                SiluKernel.Forward(y, gate, up, rows, dim);
                return;
            case Activation.Gelu:
                RowLoop.Run(rows, RowChunk.Rows(rows, 6L * dim), new ForwardBody<Gelu>(y, gate, up, dim));
                return;
            default:
                RowLoop.Run(rows, RowChunk.Rows(rows, 5L * dim), new ForwardBody<GeluTanh>(y, gate, up, dim));
                return;
        }
    }

    /// <summary>The gradients of gate and up.</summary>
    /// <param name="curve">f.</param>
    /// <param name="dGate">Output [rows, dim]; may be the memory of dy.</param>
    /// <param name="dUp">Output [rows, dim].</param>
    /// <param name="dy">Gradient of y [rows, dim].</param>
    /// <param name="gate">g [rows, dim].</param>
    /// <param name="up">u [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void BackwardGated(
        Activation curve, float* dGate, float* dUp, float* dy, float* gate, float* up, int rows, int dim)
        => Backward(curve, dGate, dUp, dy, gate, up, rows, dim);

    private static void Backward(
        Activation curve, float* dGate, float* dUp, float* dy, float* gate, float* up, int rows, int dim)
    {
        int chunk = RowChunk.Rows(rows, 6L * dim);
        switch (curve)
        {
            case Activation.Silu when up != null:
                SiluKernel.Backward(dGate, dUp, dy, gate, up, rows, dim);
                return;
            case Activation.Silu:
                RowLoop.Run(rows, chunk, new BackwardBody<Silu>(dGate, dUp, dy, gate, up, dim));
                return;
            case Activation.Gelu:
                RowLoop.Run(rows, chunk, new BackwardBody<Gelu>(dGate, dUp, dy, gate, up, dim));
                return;
            default:
                RowLoop.Run(rows, chunk, new BackwardBody<GeluTanh>(dGate, dUp, dy, gate, up, dim));
                return;
        }
    }

    private interface ICurve
    {
        static abstract Vector256<float> Value(Vector256<float> x);

        static abstract Vector256<float> Slope(Vector256<float> x);

        // One number: the reference, and what row ends take.
        static abstract float Value(float x);

        static abstract float Slope(float x);
    }

    private readonly struct Silu : ICurve
    {
        public static Vector256<float> Value(Vector256<float> x) => x / (Vector256<float>.One + Exponential.Exp(-x));

        public static Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> sigmoid = Vector256<float>.One / (Vector256<float>.One + Exponential.Exp(-x));
            return sigmoid * (Vector256<float>.One + (x * (Vector256<float>.One - sigmoid)));
        }

        public static float Value(float x) => x / (1f + MathF.Exp(-x));

        public static float Slope(float x)
        {
            float sigmoid = 1f / (1f + MathF.Exp(-x));
            return sigmoid * (1f + (x * (1f - sigmoid)));
        }
    }

    private readonly struct Gelu : ICurve
    {
        public static Vector256<float> Value(Vector256<float> x) => x * GeluKernel.Cumulative(x);

        public static Vector256<float> Slope(Vector256<float> x) => GeluKernel.Slope(x);

        public static float Value(float x) => x * GeluKernel.Cumulative(x);

        public static float Slope(float x) => GeluKernel.Slope(x);
    }

    private readonly struct GeluTanh : ICurve
    {
        // 2·√(2/π), and that times 0.044715.
        private const float Linear = 1.5957691216f;
        private const float Cubic = 0.0713548162726f;

        public static Vector256<float> Value(Vector256<float> x) => x * Sigmoid(x);

        public static Vector256<float> Slope(Vector256<float> x)
        {
            Vector256<float> sigmoid = Sigmoid(x);
            Vector256<float> inner = Vector256.Create(Linear) + (x * x * (3f * Cubic));
            return sigmoid + (x * sigmoid * (Vector256<float>.One - sigmoid) * inner);
        }

        public static float Value(float x) => x * Sigmoid(x);

        public static float Slope(float x)
        {
            float sigmoid = Sigmoid(x);
            return sigmoid + (x * sigmoid * (1f - sigmoid) * (Linear + (x * x * (3f * Cubic))));
        }

        private static float Sigmoid(float x) => 1f / (1f + MathF.Exp(-(x * (Linear + (x * x * Cubic)))));

        private static Vector256<float> Sigmoid(Vector256<float> x)
        {
            Vector256<float> inner = x * (Vector256.Create(Linear) + (x * x * Cubic));
            return Vector256<float>.One / (Vector256<float>.One + Exponential.Exp(-inner));
        }
    }

    private readonly struct ForwardBody<TCurve>(float* y, float* gate, float* up, int dim) : IRowBody
        where TCurve : struct, ICurve
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    Vector256<float> value = TCurve.Value(Vector256.Load(gate + at + j));
                    (up == null ? value : value * Vector256.Load(up + at + j)).Store(y + at + j);
                }

                for (; j < dim; j++)
                {
                    float value = TCurve.Value(gate[at + j]);
                    y[at + j] = up == null ? value : value * up[at + j];
                }
            }
        }
    }

    private readonly struct BackwardBody<TCurve>(float* dGate, float* dUp, float* dy, float* gate, float* up, int dim) : IRowBody
        where TCurve : struct, ICurve
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                long end = at + dim;
                for (long whole = at + VectorPath.Whole(dim, 8); at < whole; at += 8)
                {
                    Eight(at);
                }

                for (; at < end; at++)
                {
                    One(at);
                }
            }
        }

        private void Eight(long at)
        {
            var g = Vector256.Load(gate + at);
            var d = Vector256.Load(dy + at);
            if (up == null)
            {
                (d * TCurve.Slope(g)).Store(dGate + at);
                return;
            }

            (d * Vector256.Load(up + at) * TCurve.Slope(g)).Store(dGate + at);
            (d * TCurve.Value(g)).Store(dUp + at);
        }

        private void One(long at)
        {
            float g = gate[at];
            float d = dy[at];
            dGate[at] = d * (up == null ? 1f : up[at]) * TCurve.Slope(g);
            if (up != null)
            {
                dUp[at] = d * TCurve.Value(g);
            }
        }
    }
}
