namespace Ratchet.Engine.Formats.Gguf;

/// <summary>What a GGUF file may claim before it is believed. Every count is held against the file's size as well.</summary>
public sealed record GgufLimits
{
    /// <summary>Metadata keys.</summary>
    public int KeysMax { get; init; } = 65_536;

    /// <summary>Tensors.</summary>
    public int TensorsMax { get; init; } = 65_536;

    /// <summary>Elements of one array.</summary>
    public int ArrayLengthMax { get; init; } = 4_194_304;

    /// <summary>Bytes of one text value; a chat template has some ten thousand.</summary>
    public int TextBytesMax { get; init; } = 4 << 20;

    /// <summary>Bytes of a key.</summary>
    public int KeyBytesMax { get; init; } = 65_535;

    /// <summary>Bytes of a tensor's name; ggml keeps 64 with the terminating zero.</summary>
    public int NameBytesMax { get; init; } = 64;

    /// <summary>Bytes of all metadata.</summary>
    public long MetadataBytesMax { get; init; } = 256L << 20;
}
