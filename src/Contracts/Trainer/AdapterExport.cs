namespace Ratchet.Contracts.Trainer;

/// <summary>An adapter in a form that other programs use, and how near it is to what is served (F54, F87, F105).</summary>
public sealed record AdapterExport
{
    public required string Id { get; init; }

    public string Object { get; init; } = "adapter.export";

    public long CreatedAt { get; init; }

    public required string Adapter { get; init; }

    /// <summary>peft, safetensors, gguf, gguf_adapter or ollama.</summary>
    public required string Format { get; init; }

    /// <summary>running, succeeded or failed.</summary>
    public required string Status { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>How weights are stored: F32, BF16, Q8_0 ...; null until it is known.</summary>
    public string? Type { get; init; }

    /// <summary>The folder with the files; null until they are there.</summary>
    public string? Path { get; init; }

    public IReadOnlyList<AdapterFile> Files { get; init; } = [];

    /// <summary>What other programs will do otherwise, for people.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What merging changed at most, over all weights; null where nothing was merged.</summary>
    public ExportDifference? LargestChange { get; init; }

    /// <summary>What storing changed at most; null where weights went as they are.</summary>
    public ExportDifference? LargestDifference { get; init; }

    /// <summary>Logits of the attached adapter, the merged model and the export read again, on the same ids; null until it is there.</summary>
    public ExportParityView? Parity { get; init; }
}

/// <summary>The largest difference of any number, in absolute value, and the tensor that has it.</summary>
public sealed record ExportDifference(string Tensor, double Value);

/// <summary>How far the logits of an export are from those of the adapter, in float32.</summary>
/// <param name="Tokens">Positions compared.</param>
/// <param name="Merged">Largest difference of attached and merged; null where nothing was merged.</param>
/// <param name="Exported">Largest difference of attached and export.</param>
/// <param name="Error">Squared distance of the export's logits over the squared length of the attached adapter's.</param>
/// <param name="SameBest">Share of positions with the same best token.</param>
/// <param name="Effect">Largest difference of attached and bare base.</param>
public sealed record ExportParityView(int Tokens, double? Merged, double Exported, double Error, double SameBest, double Effect);

/// <summary>Asks for an export.</summary>
public sealed record ExportRequest
{
    public required string Format { get; init; }

    /// <summary>How weights are stored; null for the format's usual one.</summary>
    public string? Type { get; init; }

    /// <summary>Ollama's SYSTEM; null for the chat template's own.</summary>
    public string? System { get; init; }
}
