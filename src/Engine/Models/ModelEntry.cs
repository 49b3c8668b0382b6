namespace Ratchet.Engine.Models;

/// <summary>A model of models.json.</summary>
/// <param name="Name">By which settings call it.</param>
/// <param name="File">In the folder of models.json.</param>
/// <param name="Kind">"decoder" or "encoder".</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record ModelEntry(string Name, string File, string Kind, long Bytes, string Sha256);
