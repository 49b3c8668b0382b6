namespace Ratchet.Engine.Kernels;

/// <summary>The curve of a feed-forward layer.</summary>
public enum Activation
{
    /// <summary>x · σ(x): Llama and most after it.</summary>
    Silu,

    /// <summary>x · Φ(x), exact: BERT.</summary>
    Gelu,

    /// <summary>The hyperbolic form of gelu: GPT-2, Phi, Gemma.</summary>
    GeluTanh,
}
