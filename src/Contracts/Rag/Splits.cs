namespace Ratchet.Contracts.Rag;

/// <summary>What an example is for.</summary>
public static class Splits
{
    public const string Train = "train";

    /// <summary>For evaluation only; never enters a batch.</summary>
    public const string HeldOut = "held_out";
}
