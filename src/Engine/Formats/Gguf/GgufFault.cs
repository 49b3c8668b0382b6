namespace Ratchet.Engine.Formats.Gguf;

/// <summary>What is wrong with a GGUF file, for programs.</summary>
public enum GgufFault
{
    /// <summary>The file ends inside a field.</summary>
    Truncated,

    /// <summary>The first four bytes are not GGUF.</summary>
    InvalidMagic,

    /// <summary>A version (or byte order) that this reader does not know.</summary>
    UnsupportedVersion,

    /// <summary>A value or tensor type that this reader does not know.</summary>
    UnsupportedType,

    /// <summary>A count or length above a limit.</summary>
    LimitExceeded,

    /// <summary>A tensor does not lie inside the file.</summary>
    OutOfBounds,

    /// <summary>An alignment that is no power of two, or an offset that does not keep it.</summary>
    InvalidAlignment,

    /// <summary>Two tensors share bytes.</summary>
    OverlappingTensors,

    /// <summary>Dimensions that make no tensor of that type.</summary>
    InvalidShape,

    /// <summary>A key or tensor name stands there twice.</summary>
    DuplicateName,

    /// <summary>A key that is needed is not there.</summary>
    MissingKey,

    /// <summary>A value of the wrong type or out of its range.</summary>
    InvalidValue,
}
