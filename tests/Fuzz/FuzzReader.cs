namespace Ratchet.Fuzz;

/// <summary>A reader of files from outside, and what it promises.</summary>
/// <param name="Name">For the command line and the report.</param>
/// <param name="Samples">Sound files, which are damaged.</param>
/// <param name="Read">Reads an input through and through; true where it was taken.</param>
/// <param name="IsRefusal">Whether an exception is the reader's documented one.</param>
/// <param name="Memory">How much reading may allocate.</param>
internal sealed record FuzzReader(
    string Name, IReadOnlyList<FuzzSample> Samples, Func<FuzzSample, byte[], bool> Read, Func<Exception, bool> IsRefusal, MemoryBound Memory)
{
    /// <summary>Share of the time, beside readers of weight 1.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>A sound file.</summary>
/// <param name="Name">Its name, in its folder where it belongs to one.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="Form">How it is damaged best.</param>
/// <param name="HeaderLength">Where a small header says what a long body is: its bytes, which are damaged mostly.</param>
internal sealed record FuzzSample(string Name, byte[] Bytes, SampleForm Form, int HeaderLength = 0);

/// <summary>How a file is made.</summary>
internal enum SampleForm
{
    /// <summary>Numbers and lengths as bytes.</summary>
    Binary,

    /// <summary>A small JSON header behind its length, then numbers.</summary>
    Safetensors,

    /// <summary>JSON, or several of it.</summary>
    Json,

    /// <summary>A Jinja template.</summary>
    Template,

    /// <summary>Lines of text.</summary>
    Text,
}

/// <summary>Bytes that reading an input may allocate, on the managed heap and beside it.</summary>
/// <param name="Fixed">Whatever the input.</param>
/// <param name="PerByte">For each byte of it.</param>
internal readonly record struct MemoryBound(long Fixed, int PerByte)
{
    public long Of(int length) => Fixed + ((long)PerByte * length);
}
