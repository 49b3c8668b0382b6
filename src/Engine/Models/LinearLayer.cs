using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>y = x·wᵀ + b with the weight in its stored blocks.</summary>
/// <param name="name">Its path in PEFT's words: "model.layers.0.self_attn.q_proj".</param>
/// <param name="index">Its place among all linear layers of the model, by which an adapter finds its factors.</param>
/// <param name="weight">[outputs, inputs].</param>
/// <param name="bias">[outputs], or null.</param>
public sealed unsafe class LinearLayer(string name, int index, WeightMatrix weight, Tensor? bias = null) : IDisposable
{
    /// <summary>Its path in PEFT's words.</summary>
    public string Name => name;

    /// <summary>The last part of the path: "q_proj".</summary>
    public string Module => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>Its place among all linear layers of the model.</summary>
    public int Index => index;

    /// <summary>[outputs, inputs].</summary>
    public WeightMatrix Weight { get; private set; } = weight;

    /// <summary>[outputs], F32, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>Whether the model's own files hold the weight as [inputs, outputs] (GPT-2).</summary>
    public bool IsStoredTransposed { get; init; }

    /// <summary>Numbers that it takes.</summary>
    public int Inputs => Weight.Inputs;

    /// <summary>Numbers that it gives.</summary>
    public int Outputs => Weight.Outputs;

    /// <summary>y = x·wᵀ + b, or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, outputs].</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="precision">In which numbers to compute.</param>
    public void Forward(float* y, float* x, int rows, bool accumulate, Precision precision) => Forward(y, x, rows, accumulate, precision, default);

    /// <summary>dx += dy·w.</summary>
    /// <param name="dx">Added to [rows, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="precision">In which numbers to compute.</param>
    public void BackwardInput(float* dx, float* dy, int rows, Precision precision) => BackwardInput(dx, dy, rows, precision, default);

    /// <summary>y = x·wᵀ + b + term, or y += with <paramref name="accumulate"/>.</summary>
    /// <remarks><paramref name="rounded"/> is x in bfloat16 as <see cref="Bfloat16Product.Rounded"/> has it, or null.</remarks>
    internal void Forward(float* y, float* x, int rows, bool accumulate, Precision precision, in LowRankTerm term, ushort* rounded = null)
    {
        LinearKernel.Forward(y, x, rows, Weight, 0, Outputs, accumulate, precision, term, rounded);
        if (bias != null)
        {
            BiasKernel.Forward(y, (float*)bias.Pointer, rows, Outputs);
        }
    }

    /// <summary>dx += dy·w + term.</summary>
    /// <remarks><paramref name="rounded"/> is dy in bfloat16 as <see cref="Bfloat16Product.Rounded"/> has it, or null.</remarks>
    internal void BackwardInput(float* dx, float* dy, int rows, Precision precision, in LowRankTerm term, ushort* rounded = null)
        => LinearKernel.BackwardInput(dx, dy, rows, Weight, 0, Outputs, precision, term, rounded);

    /// <summary>Puts another weight of the same shape in place and gives the old one to the caller. Nothing may run meanwhile.</summary>
    /// <param name="replacement">[outputs, inputs].</param>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public WeightMatrix Exchange(WeightMatrix replacement)
    {
        if (replacement.Outputs != Outputs || replacement.Inputs != Inputs)
        {
            throw new ArgumentException(
                $"{name} is [{Outputs}, {Inputs}]; the replacement is [{replacement.Outputs}, {replacement.Inputs}].", nameof(replacement));
        }

        WeightMatrix old = Weight;
        Weight = replacement;
        return old;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        bias?.Dispose();
    }
}
