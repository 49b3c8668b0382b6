namespace Ratchet.Datasets.Json;

/// <summary>The bytes of one top-level value and where they begin.</summary>
/// <param name="Glued">Another value ended on the same line before it.</param>
/// <param name="Unfinished">The line or the file ended inside it.</param>
internal readonly record struct JsonSlice(ReadOnlyMemory<byte> Bytes, int Line, int Column, bool Glued, bool Unfinished);
