namespace Ratchet.Engine.Adapters;

/// <summary>A whole weight that an adapter has in place of the model's (modules_to_save).</summary>
/// <param name="Part">Which one.</param>
/// <param name="Name">Its name in PEFT's words: "lm_head.weight".</param>
/// <param name="Rows">Rows; 1 for a bias.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Offset">Where it begins among the adapter's parameters, row by row.</param>
public sealed record SavedModule(SavedPart Part, string Name, int Rows, int Columns, int Offset)
{
    /// <summary>Numbers.</summary>
    public int Count => checked(Rows * Columns);
}

/// <summary>Weights that an adapter may replace.</summary>
public enum SavedPart
{
    /// <summary>The head.</summary>
    Head,

    /// <summary>The head's bias.</summary>
    HeadBias,

    /// <summary>The token embedding.</summary>
    Embedding,
}
