using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Gain and bias of a layer norm.</summary>
/// <param name="weight">Gain [dim], F32.</param>
/// <param name="bias">Bias [dim], F32.</param>
public sealed unsafe class LayerNorm(Tensor weight, Tensor bias) : IDisposable
{
    /// <summary>Normalises rows in place.</summary>
    /// <param name="x">In and out [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="epsilon">ε.</param>
    public void Forward(float* x, int rows, float epsilon)
        => LayerNormKernel.Forward(
            x, null, null, x, (float*)weight.Pointer, (float*)bias.Pointer, rows, (int)weight.Count, epsilon);

    /// <summary>x = norm(x + added), and the same in bfloat16.</summary>
    /// <param name="x">In and out [rows, dim].</param>
    /// <param name="rounded">Output [rows, padded]; null where no product follows.</param>
    /// <param name="padded">Numbers from row to row of it.</param>
    /// <param name="added">Bias of the layer before [dim], or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="epsilon">ε.</param>
    internal void ForwardRounded(float* x, ushort* rounded, int padded, Tensor? added, int rows, float epsilon)
        => LayerNormKernel.ForwardRounded(
            x, rounded, padded, added is null ? null : (float*)added.Pointer, (float*)weight.Pointer, (float*)bias.Pointer, rows, (int)weight.Count, epsilon);

    /// <inheritdoc/>
    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
