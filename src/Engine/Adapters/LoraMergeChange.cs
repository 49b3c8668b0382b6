namespace Ratchet.Engine.Adapters;

/// <summary>What merging changed in one layer.</summary>
/// <param name="Layer">The layer's path.</param>
/// <param name="LargestChange">The largest change of any weight, in absolute value.</param>
public readonly record struct LoraMergeChange(string Layer, float LargestChange);
