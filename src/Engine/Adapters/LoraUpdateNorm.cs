namespace Ratchet.Engine.Adapters;

/// <summary>How far an adapter moves a layer.</summary>
/// <param name="Layer">The layer's path.</param>
/// <param name="Norm">Frobenius norm of scale · B·A; 0 for an adapter that changes nothing.</param>
public readonly record struct LoraUpdateNorm(string Layer, double Norm);
