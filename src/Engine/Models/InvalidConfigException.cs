namespace Ratchet.Engine.Models;

/// <summary>Settings that cannot be used; the message names every fault.</summary>
/// <param name="config">The record's name.</param>
/// <param name="faults">Whole sentences.</param>
public sealed class InvalidConfigException(string config, IReadOnlyList<string> faults)
    : ArgumentException($"{config} is not usable: {string.Join(' ', faults)}")
{
    /// <summary>Every fault, as a whole sentence.</summary>
    public IReadOnlyList<string> Faults => faults;
}
