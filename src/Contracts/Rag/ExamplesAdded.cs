namespace Ratchet.Contracts.Rag;

/// <summary>Answer of POST /v1/examples.</summary>
/// <param name="Data">The examples as kept, in the order sent; a repeated one is the earlier record.</param>
/// <param name="Added">How many are new.</param>
/// <param name="Repeated">How many were there already, word for word.</param>
/// <param name="Warnings">What a reader of the file met and could work around.</param>
public sealed record ExamplesAdded(
    IReadOnlyList<ExampleRecord> Data, int Added, int Repeated, IReadOnlyList<string>? Warnings = null)
{
    public string Object { get; init; } = "list";
}
