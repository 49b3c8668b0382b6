namespace Ratchet.Contracts.OpenAI;

/// <summary>Body of POST /api/show, as Ollama has it.</summary>
public sealed record ShowModelRequest
{
    public string? Model { get; init; }

    /// <summary>What older clients call the model.</summary>
    public string? Name { get; init; }
}

/// <summary>Answer of POST /api/show: a model as a Modelfile, and its parts.</summary>
public sealed record ShowModelResponse
{
    /// <summary>The text of the Modelfile.</summary>
    public required string Modelfile { get; init; }

    /// <summary>Its parameters, a line each: the name, blanks, the value.</summary>
    public required string Parameters { get; init; }

    /// <summary>Its TEMPLATE; left out where it has none.</summary>
    public string? Template { get; init; }

    /// <summary>Its SYSTEM; left out where it has none.</summary>
    public string? System { get; init; }

    public required ShownDetails Details { get; init; }

    /// <summary>Numbers of the model by GGUF's keys.</summary>
    public required IReadOnlyDictionary<string, object> ModelInfo { get; init; }

    /// <summary>"completion", "tools", "embedding".</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    public required DateTimeOffset ModifiedAt { get; init; }
}

/// <summary>What a model is.</summary>
/// <param name="ParentModel">The base of an adapter; empty for a base.</param>
/// <param name="Format">"gguf", "safetensors".</param>
/// <param name="Family">The architecture's name.</param>
/// <param name="Families">The same.</param>
/// <param name="ParameterSize">"134.5M".</param>
/// <param name="QuantizationLevel">How most weights are stored.</param>
public sealed record ShownDetails(
    string ParentModel, string Format, string Family, IReadOnlyList<string> Families, string ParameterSize, string QuantizationLevel);
