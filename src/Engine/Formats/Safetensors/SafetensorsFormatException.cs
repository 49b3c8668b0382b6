namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>What is wrong with a safetensors file, for programs.</summary>
public enum SafetensorsFault
{
    /// <summary>The file ends inside its header.</summary>
    Truncated,

    /// <summary>A length above a limit.</summary>
    LimitExceeded,

    /// <summary>The header is not the JSON it should be.</summary>
    InvalidHeader,

    /// <summary>A dtype that this reader does not know.</summary>
    UnsupportedType,

    /// <summary>A tensor does not lie inside the file.</summary>
    OutOfBounds,

    /// <summary>Tensors share bytes, or bytes belong to no tensor.</summary>
    OverlappingTensors,

    /// <summary>The shape does not make as many bytes as the offsets say.</summary>
    InvalidShape,

    /// <summary>A tensor name stands there twice.</summary>
    DuplicateName,

    /// <summary>A tensor that was asked for is not there.</summary>
    MissingTensor,
}

/// <summary>A safetensors file breaks the format's rules, or lacks what was asked for.</summary>
public sealed class SafetensorsFormatException : FormatException
{
    internal SafetensorsFormatException(SafetensorsFault fault, string path, string problem, string remedy)
        : base($"{path}: {problem} {remedy}")
    {
        Fault = fault;
        Path = path;
    }

    /// <summary>What is wrong, for programs.</summary>
    public SafetensorsFault Fault { get; }

    /// <summary>The file as it was given to the reader.</summary>
    public string Path { get; }

    internal static SafetensorsFormatException Header(string path, string problem) => new(
        SafetensorsFault.InvalidHeader, path, problem, "The file is damaged or of another kind; save it again.");
}
