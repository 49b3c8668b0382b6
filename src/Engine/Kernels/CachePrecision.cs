namespace Ratchet.Engine.Kernels;

/// <summary>In which numbers keys and values of the tokens seen are kept.</summary>
public enum CachePrecision
{
    /// <summary>Single precision: as they were computed.</summary>
    Float32,

    /// <summary>16-bit integers with a scale for each token and head: half the memory, and products of integers.</summary>
    Int16,
}
