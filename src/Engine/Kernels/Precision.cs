namespace Ratchet.Engine.Kernels;

/// <summary>In which numbers products with weights are computed.</summary>
public enum Precision
{
    /// <summary>Weights are dequantised, products and sums are single precision. Training and exact scoring.</summary>
    Float32,

    /// <summary>Weights and activations are rounded to bfloat16, sums are single precision. Training where the processor has such products.</summary>
    BFloat16,

    /// <summary>Activations are rounded to bytes in blocks of 32, products of block weights are integers. Serving.</summary>
    Int8,
}
