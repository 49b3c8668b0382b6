using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>The gate of SwiGLU feed-forward layers, and its gradient.</summary>
/// <remarks>
/// <code>y = silu(g) · u,   silu(g) = g · σ(g),   silu'(g) = σ(g) · (1 + g · (1 - σ(g)))</code>
/// Source: Shazeer 2020, https://arxiv.org/abs/2002.05202, eq. 6.
/// </remarks>
public static unsafe class SiluKernel
{
    /// <summary>y = silu(gate) · up.</summary>
    /// <param name="y">Output [rows, dim]; may be the memory of gate or up.</param>
    /// <param name="gate">g [rows, dim].</param>
    /// <param name="up">u [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Forward(float* y, float* gate, float* up, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 4L * dim), new ForwardBody(y, gate, up, dim));

    /// <summary>Writes the gradients of gate and up over what their memory held.</summary>
    /// <remarks>Written, not added: nothing else reads the gate's output, and a second pass over memory would double the time.</remarks>
    /// <param name="dGate">Output [rows, dim]; may be the memory of dy.</param>
    /// <param name="dUp">Output [rows, dim].</param>
    /// <param name="dy">Gradient of y [rows, dim].</param>
    /// <param name="gate">g [rows, dim].</param>
    /// <param name="up">u [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(float* dGate, float* dUp, float* dy, float* gate, float* up, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 6L * dim), new BackwardBody(dGate, dUp, dy, gate, up, dim));

    /// <summary>The formula as written, for tests and row ends.</summary>
    internal static float Plain(float gate, float up) => gate / (1f + MathF.Exp(-gate)) * up;

    private readonly struct ForwardBody(float* y, float* gate, float* up, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                int j = 0;
                int wide = VectorPath.Width == VectorWidth.Bits512 ? VectorPath.Whole(dim, 16) : 0;
                for (; j < wide; j += 16)
                {
                    var g = Vector512.Load(gate + at + j);
                    Vector512<float> silu = g / (Vector512<float>.One + Exponential.Exp(-g));
                    (silu * Vector512.Load(up + at + j)).Store(y + at + j);
                }

                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    var g = Vector256.Load(gate + at + j);
                    Vector256<float> silu = g / (Vector256<float>.One + Exponential.Exp(-g));
                    (silu * Vector256.Load(up + at + j)).Store(y + at + j);
                }

                for (; j < dim; j++)
                {
                    y[at + j] = Plain(gate[at + j], up[at + j]);
                }
            }
        }
    }

    private readonly struct BackwardBody(float* dGate, float* dUp, float* dy, float* gate, float* up, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            Vector256<float> one = Vector256<float>.One;
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                int j = 0;
                int wide = VectorPath.Width == VectorWidth.Bits512 ? VectorPath.Whole(dim, 16) : 0;
                for (; j < wide; j += 16)
                {
                    var g = Vector512.Load(gate + at + j);
                    var d = Vector512.Load(dy + at + j);
                    Vector512<float> sigmoid = Vector512<float>.One / (Vector512<float>.One + Exponential.Exp(-g));
                    var u = Vector512.Load(up + at + j);
                    (d * u * sigmoid * (Vector512<float>.One + (g * (Vector512<float>.One - sigmoid)))).Store(dGate + at + j);
                    (d * g * sigmoid).Store(dUp + at + j);
                }

                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    var g = Vector256.Load(gate + at + j);
                    var d = Vector256.Load(dy + at + j);
                    Vector256<float> sigmoid = one / (one + Exponential.Exp(-g));
                    var u = Vector256.Load(up + at + j);
                    (d * u * sigmoid * (one + (g * (one - sigmoid)))).Store(dGate + at + j);
                    (d * g * sigmoid).Store(dUp + at + j);
                }

                for (; j < dim; j++)
                {
                    float g = gate[at + j];
                    float d = dy[at + j];
                    float sigmoid = 1f / (1f + MathF.Exp(-g));
                    dGate[at + j] = d * up[at + j] * sigmoid * (1f + (g * (1f - sigmoid)));
                    dUp[at + j] = d * g * sigmoid;
                }
            }
        }
    }
}
