using System.ComponentModel.DataAnnotations;

namespace Ratchet.RagService;

/// <summary>Settings of the service, from the section "Rag". Checked when the service starts.</summary>
internal sealed record RagOptions
{
    public const string Section = "Rag";

    /// <summary>The collection of whatever names none.</summary>
    [RegularExpression(Names.CollectionPattern)]
    public string DefaultCollection { get; init; } = "default";

    /// <summary>A folder whose files are documents; changed and deleted files are followed. Absent: none.</summary>
    public string? Watch { get; init; }

    /// <summary>The collection of the watched files; the default one where absent.</summary>
    [RegularExpression(Names.CollectionPattern)]
    public string? WatchCollection { get; init; }

    /// <summary>How often the watched folder is read through, besides the operating system's own word of changes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The largest document, and the largest file of examples.</summary>
    [Range(1024, 1L << 30)]
    public long DocumentBytesMax { get; init; } = 20L << 20;

    /// <summary>The longest question or answer of an example, in characters.</summary>
    [Range(100, 1_000_000)]
    public int ExampleCharactersMax { get; init; } = 20_000;

    /// <summary>The most examples in one request.</summary>
    [Range(1, 1_000_000)]
    public int ExamplesPerRequestMax { get; init; } = 50_000;

    /// <summary>Whether FAQ-like structure in documents becomes proposed examples.</summary>
    public bool ProposeExamples { get; init; } = true;

    /// <summary>The share of documents whose examples are held out, by hash of collection and key.</summary>
    [Range(0, 0.9)]
    public double HeldOutShare { get; init; } = 0.15;
}
