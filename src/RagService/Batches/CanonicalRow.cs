using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.RagService.Examples;

namespace Ratchet.RagService.Batches;

/// <summary>Writes an example as the one line that stands for it in every batch: keys sorted, nothing for null.</summary>
internal static class CanonicalRow
{
    public static string Of(ExampleRow example)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["answer"] = example.Answer,
            ["collection"] = example.Collection,
            ["example_id"] = example.Id,
            ["question"] = example.Question,
        };
        AddIfKnown(fields, "chunk_id", example.ChunkId);
        AddIfKnown(fields, "document_id", example.DocumentId);
        AddIfKnown(fields, "document_key", example.DocumentKey);
        AddIfKnown(fields, "group", example.Grp);
        return JsonSerializer.Serialize(fields, WireJson.Options);
    }

    private static void AddIfKnown(SortedDictionary<string, string> fields, string name, string? value)
    {
        if (value is not null)
        {
            fields[name] = value;
        }
    }
}
