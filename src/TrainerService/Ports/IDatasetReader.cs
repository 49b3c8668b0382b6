using System.Text.Json;

namespace Ratchet.TrainerService.Ports;

/// <summary>Reads training data in whatever format it was uploaded.</summary>
public interface IDatasetReader
{
    /// <summary>Reads the whole file and reports; a fault of the data is part of the report, not an exception.</summary>
    /// <param name="path">The stored file.</param>
    /// <param name="filename">As the sender called it; its ending helps to tell the format.</param>
    DatasetInspection Inspect(string path, string filename);

    /// <summary>The conversations of a file that <see cref="Inspect"/> found usable.</summary>
    IEnumerable<TrainingConversation> Read(string path, string filename);
}

/// <summary>What an upload holds.</summary>
/// <param name="Errors">Faults that make the file unusable, in the order of the file.</param>
/// <param name="Report">Counts, lengths, histogram, warnings: <c>x_ratchet.report</c> of a File.</param>
/// <param name="IsPreference">Whether each row is a pair of answers of which one is preferred.</param>
public sealed record DatasetInspection(
    int ExampleCount, IReadOnlyList<DatasetFault> Errors, JsonElement Report, bool IsPreference = false);

/// <summary>A fault and its place.</summary>
public sealed record DatasetFault(long Line, long Column, string Code, string Message);

/// <summary>One conversation to learn from.</summary>
/// <param name="Messages">All; of a pair, those before its answers.</param>
/// <param name="Preferred">The better answer of a pair.</param>
/// <param name="NonPreferred">The worse answer of a pair.</param>
public sealed record TrainingConversation(
    IReadOnlyList<TrainingMessage> Messages, TrainingMessage? Preferred = null, TrainingMessage? NonPreferred = null);

/// <summary>A message of a conversation.</summary>
/// <param name="Weight">0: this answer is context, not a thing to learn.</param>
public sealed record TrainingMessage(
    string Role, string Content, string? Name = null, JsonElement? ToolCalls = null, string? ToolCallId = null,
    double? Weight = null);
