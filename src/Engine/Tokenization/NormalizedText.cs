namespace Ratchet.Engine.Tokenization;

/// <summary>Text on its way to tokens, each UTF-16 unit with the part of the original that it came from.</summary>
/// <remarks>Where offsets are not asked for, or nothing has changed yet, no table of places is kept.</remarks>
internal sealed class NormalizedText
{
    private readonly ReadOnlyMemory<char> _chars;
    private readonly int[]? _starts;
    private readonly int[]? _ends;
    private readonly int _first;

    private NormalizedText(ReadOnlyMemory<char> chars, int[]? starts, int[]? ends, int first, bool tracks, bool isFirst)
    {
        IsFirst = isFirst;
        _chars = chars;
        _starts = starts;
        _ends = ends;
        _first = first;
        Tracks = tracks;
    }

    internal ReadOnlySpan<char> Chars => _chars.Span;

    internal int Length => _chars.Length;

    /// <summary>Whether anybody will ask where the units came from.</summary>
    internal bool Tracks { get; }

    /// <summary>Whether this is where the original begins.</summary>
    internal bool IsFirst { get; }

    /// <summary>Text as it was written, at a place of the original.</summary>
    internal static NormalizedText Original(ReadOnlyMemory<char> chars, int offset, bool tracks) =>
        new(chars, null, null, offset, tracks, offset == 0);

    /// <summary>Text with a table of places; the tables may be longer than the text and are null where nobody asks.</summary>
    internal static NormalizedText Changed(ReadOnlyMemory<char> chars, int[]? starts, int[]? ends, bool isFirst) =>
        new(chars, starts, ends, 0, starts is not null, isFirst);

    /// <summary>First unit of the original that a unit came from.</summary>
    internal int Start(int index) => _starts is null ? _first + index : _starts[_first + index];

    /// <summary>The original's unit after the last that a unit came from.</summary>
    internal int End(int index) => _ends is null ? _first + index + 1 : _ends[_first + index];

    internal NormalizedText Slice(int start, int length) =>
        start == 0 && length == Length
            ? this
            : new(_chars.Slice(start, length), _starts, _ends, _first + start, Tracks, IsFirst && start == 0);
}
