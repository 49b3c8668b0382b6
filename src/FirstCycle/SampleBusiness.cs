using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;

namespace Ratchet.FirstCycle;

/// <summary>The bundled business in samples/: its documents, its examples, its questions.</summary>
internal sealed class SampleBusiness(string folder)
{
    public const string Collection = "millrace";

    private static readonly string[] ExampleFiles = ["examples.jsonl", "covered.jsonl", "held_out.jsonl", "chinese.jsonl"];

    public static SampleBusiness Find()
    {
        for (DirectoryInfo? parent = new(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            string folder = Path.Combine(parent.FullName, "samples", "business");
            if (Directory.Exists(folder))
            {
                return new SampleBusiness(folder);
            }
        }

        throw new StepFailedException("samples/business was not found in any folder above this program; run it from a clone of the repository.");
    }

    public IReadOnlyList<SampleDocument> Documents() => Read<SampleDocument>("documents.jsonl");

    public string PathOf(SampleDocument document) => Path.Combine(folder, "documents", document.Key);

    public IReadOnlyList<ExampleInput> Examples() => [.. ExampleFiles.SelectMany(Read<ExampleInput>)];

    /// <summary>Questions about documents that no training example names: what the gate decides by.</summary>
    public IReadOnlyList<ExampleInput> DecidingQuestions() => Read<ExampleInput>("held_out.jsonl");

    private List<T> Read<T>(string file) =>
    [
        .. File.ReadLines(Path.Combine(folder, file))
            .Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<T>(line, WireJson.Options)!),
    ];
}

/// <summary>A row of documents.jsonl.</summary>
internal sealed record SampleDocument(string Key, string Title, string Split, string Language);
