namespace Ratchet.Engine.Adapters;

/// <summary>Where an adapter's factors for one linear layer, or for the token embedding, lie.</summary>
/// <param name="Name">The layer's path in PEFT's words.</param>
/// <param name="LinearIndex">The layer's place in the model; -1 for the token embedding.</param>
/// <param name="Inputs">Columns of A; the vocabulary for the token embedding.</param>
/// <param name="Outputs">Rows of B.</param>
/// <param name="Rank">Rows of A, columns of B.</param>
/// <param name="Scale">Factor on B·A.</param>
/// <param name="Offset">A [rank, inputs] begins here among the adapter's parameters, B transposed [rank, outputs] follows.</param>
/// <param name="HasMagnitude">Whether magnitudes [outputs] follow B (DoRA).</param>
public sealed record LoraLayer(
    string Name, int LinearIndex, int Inputs, int Outputs, int Rank, float Scale, int Offset, bool HasMagnitude = false)
{
    /// <summary>Where B begins.</summary>
    public int OffsetOfB => Offset + (Rank * Inputs);

    /// <summary>Where the magnitudes begin, where there are any.</summary>
    public int OffsetOfMagnitude => OffsetOfB + (Rank * Outputs);

    /// <summary>Numbers of both factors and the magnitudes.</summary>
    public int Count => checked((Rank * (Inputs + Outputs)) + (HasMagnitude ? Outputs : 0));
}
