using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>A norm of rows: a layer norm where it has a bias, else an RMS norm.</summary>
/// <param name="name">Its path in PEFT's words: "model.layers.0.input_layernorm".</param>
/// <param name="weight">Gain [dim], F32.</param>
/// <param name="bias">[dim], F32, or null.</param>
/// <param name="epsilon">ε.</param>
/// <param name="offset">Added to every gain of an RMS norm.</param>
public sealed unsafe class NormLayer(string name, Tensor weight, Tensor? bias, float epsilon, float offset = 0f) : IDisposable
{
    /// <summary>Its path in PEFT's words.</summary>
    public string Name => name;

    /// <summary>Gain [dim], F32.</summary>
    public Tensor Weight => weight;

    /// <summary>[dim], F32, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>Numbers a row.</summary>
    public int Size => (int)weight.Count;

    /// <summary>y = norm(x).</summary>
    /// <param name="y">Output [rows, dim]; may be the memory of x.</param>
    /// <param name="statistics">Output [2, rows], kept for <see cref="Backward"/>; null where none follows.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    public void Forward(float* y, float* statistics, float* x, int rows)
    {
        if (bias is null)
        {
            RmsNormKernel.Forward(y, statistics, x, (float*)weight.Pointer, rows, Size, epsilon, offset);
        }
        else
        {
            float* mean = statistics == null ? null : statistics + rows;
            LayerNormKernel.Forward(y, mean, statistics, x, (float*)weight.Pointer, (float*)bias.Pointer, rows, Size, epsilon);
        }
    }

    /// <summary>Adds the gradients of input, gain and bias.</summary>
    /// <param name="dx">Added to [rows, dim]; null where nobody asks for it.</param>
    /// <param name="dWeight">Added to [dim]; null where the gain is frozen.</param>
    /// <param name="dBias">Added to [dim]; null where there is no bias or it is frozen.</param>
    /// <param name="dy">Gradient of y [rows, dim].</param>
    /// <param name="x">As given to <see cref="Forward"/>.</param>
    /// <param name="statistics">As <see cref="Forward"/> left them.</param>
    /// <param name="rows">Rows.</param>
    public void Backward(float* dx, float* dWeight, float* dBias, float* dy, float* x, float* statistics, int rows)
    {
        if (bias is null)
        {
            RmsNormKernel.Backward(dx, dWeight, dy, x, (float*)weight.Pointer, statistics, rows, Size, offset);
        }
        else
        {
            LayerNormKernel.Backward(
                dx, dWeight, dBias, dy, x, (float*)weight.Pointer, statistics + rows, statistics, rows, Size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        weight.Dispose();
        bias?.Dispose();
    }
}
