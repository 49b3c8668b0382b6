using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Engine.Training;

/// <summary>state.json of a checkpoint. All chance comes from counters, so the seed and the step are the whole random state.</summary>
internal sealed record CheckpointState
{
    public const int FormatKnown = 1;
    public const string FileName = "state.json";

    [JsonPropertyName("format")]
    public required int Format { get; init; }

    [JsonPropertyName("step")]
    public required int Step { get; init; }

    [JsonPropertyName("epoch")]
    public required int Epoch { get; init; }

    [JsonPropertyName("sampler_position")]
    public required int SamplerPosition { get; init; }

    [JsonPropertyName("seed")]
    public required ulong Seed { get; init; }

    [JsonPropertyName("settings_sha256")]
    public required string SettingsSha256 { get; init; }

    [JsonPropertyName("samples_sha256")]
    public required string SamplesSha256 { get; init; }

    public static CheckpointState Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            CheckpointState? state = JsonSerializer.Deserialize(File.ReadAllBytes(path), CheckpointJson.Default.CheckpointState);
            return state is { Format: FormatKnown }
                ? state
                : throw new CheckpointException(
                    folder, $"{FileName} is of format {state?.Format}; this engine reads format {FormatKnown}.", "Use the version that wrote it.");
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            throw new CheckpointException(folder, $"{FileName} cannot be read: {fault.Message}", "Choose an earlier checkpoint.");
        }
    }

    public void Write(string folder)
    {
        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(stream, this, CheckpointJson.Default.CheckpointState);
        stream.Flush(flushToDisk: true);
    }
}

/// <summary>Serialisation without reflection, so that the engine stays compatible with ahead-of-time compilation.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
