namespace Ratchet.TrainerService.Ports;

/// <summary>Looks at an adapter that somebody else made, before it may become a generation.</summary>
public interface IAdapterInspector
{
    /// <summary>Reads all of it against the base model.</summary>
    /// <param name="folder">In PEFT layout.</param>
    /// <param name="modelPath">The base model's file.</param>
    /// <exception cref="FormatException">It is damaged, not finite, of another base, or of a kind that is not served.</exception>
    AdapterFacts Read(string folder, string modelPath);
}

/// <summary>What an adapter is.</summary>
/// <param name="BaseModel">What its trainer calls the base.</param>
/// <param name="ChangeNorm">The norm of all weight changes together.</param>
/// <param name="ChangeNormRelative">The same over the norm of the weights changed.</param>
public sealed record AdapterFacts(
    string? BaseModel, int Rank, double Alpha, bool RankStabilized, double ChangeNorm, double ChangeNormRelative);
