namespace Ratchet.Engine.Formats.Gguf;

/// <summary>A GGUF file breaks the format's rules, or uses a part of it that this reader does not know.</summary>
/// <remarks>The message says where, what was found, what was needed and what to do, in that order.</remarks>
public sealed class GgufFormatException : FormatException
{
    /// <summary>Makes the message.</summary>
    internal GgufFormatException(GgufFault fault, string path, long offset, string problem, string remedy)
        : base($"{path}, byte {offset}: {problem} {remedy}")
    {
        Fault = fault;
        Path = path;
        Offset = offset;
    }

    /// <summary>What is wrong, for programs.</summary>
    public GgufFault Fault { get; }

    /// <summary>The file as it was given to the reader.</summary>
    public string Path { get; }

    /// <summary>Where the offending field starts, in bytes from the start of the file.</summary>
    public long Offset { get; }

    internal static GgufFormatException Truncated(string path, long offset, string what) => new(
        GgufFault.Truncated, path, offset, $"the file ends inside {what}.",
        "The download was probably cut short; fetch the file again and compare its SHA-256.");

    internal static GgufFormatException Limit(string path, long offset, string what, ulong found, long most) => new(
        GgufFault.LimitExceeded, path, offset, $"{what} is {found:N0}; at most {most:N0} can be right in this file.",
        "The file is damaged, or was made to do harm; do not use it.");

    internal static GgufFormatException MissingKey(string path, string key, string needed) => new(
        GgufFault.MissingKey, path, 0, $"the key '{key}' is missing; {needed} was needed.",
        "Convert the model again with a current converter.");

    internal static GgufFormatException WrongValue(string path, string key, object found, string needed) => new(
        GgufFault.InvalidValue, path, 0, $"the key '{key}' holds {Describe(found)}; {needed} was needed.",
        "Convert the model again with a current converter.");

    private static string Describe(object value) => value switch
    {
        Array array => $"an array of {array.Length} {array.GetType().GetElementType()!.Name}",
        string text => $"the text '{(text.Length > 60 ? text[..60] + "..." : text)}'",
        _ => $"{value} ({value.GetType().Name})",
    };
}
