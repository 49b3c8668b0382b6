namespace Ratchet.Engine.Quantization;

/// <summary>Consecutive rows of an <see cref="IntegerProduct"/> that share an adapter, or have none.</summary>
internal unsafe struct IntegerRun
{
    /// <summary>How many rows.</summary>
    public int Rows;

    /// <summary>One for each product, or null where nothing is added.</summary>
    public IntegerAddition* Additions;
}
