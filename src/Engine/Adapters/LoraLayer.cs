namespace Ratchet.Engine.Adapters;

/// <summary>Where an adapter's factors for one linear layer lie.</summary>
/// <param name="Name">The layer's path in PEFT's words.</param>
/// <param name="LinearIndex">The layer's place in the model.</param>
/// <param name="Inputs">Columns of A.</param>
/// <param name="Outputs">Rows of B.</param>
/// <param name="Rank">Rows of A, columns of B.</param>
/// <param name="Scale">Factor on B·A.</param>
/// <param name="Offset">A [rank, inputs] begins here among the adapter's parameters, B transposed [rank, outputs] follows.</param>
public sealed record LoraLayer(string Name, int LinearIndex, int Inputs, int Outputs, int Rank, float Scale, int Offset)
{
    /// <summary>Where B begins.</summary>
    public int OffsetOfB => Offset + (Rank * Inputs);

    /// <summary>Numbers of both factors.</summary>
    public int Count => Rank * (Inputs + Outputs);
}
