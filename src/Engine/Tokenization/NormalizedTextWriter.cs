using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Writes a changed text and keeps, where asked for, which units of the source each new unit came from.</summary>
/// <param name="source">The text before the change.</param>
/// <param name="capacity">Units that are likely; more may be written.</param>
internal sealed class NormalizedTextWriter(NormalizedText source, int capacity)
{
    private char[] _chars = new char[Math.Max(capacity, 16)];
    private int[]? _starts = source.Tracks ? new int[Math.Max(capacity, 16)] : null;
    private int[]? _ends = source.Tracks ? new int[Math.Max(capacity, 16)] : null;

    internal int Length { get; private set; }

    internal char this[int index] => _chars[index];

    /// <summary>Writes a unit that came from the source's units <paramref name="from"/> up to <paramref name="to"/>, exclusive.</summary>
    internal void Append(char unit, int from, int to)
    {
        if (Length == _chars.Length)
        {
            Grow(1);
        }

        _chars[Length] = unit;
        if (_starts is not null)
        {
            _starts[Length] = source.Start(from);
            _ends![Length] = source.End(to - 1);
        }

        Length++;
    }

    internal void Append(Rune rune, int from, int to)
    {
        if (rune.IsBmp)
        {
            Append((char)rune.Value, from, to);
            return;
        }

        Span<char> units = stackalloc char[2];
        _ = rune.EncodeToUtf16(units);
        Append(units[0], from, to);
        Append(units[1], from, to);
    }

    internal void Append(ReadOnlySpan<char> text, int from, int to)
    {
        foreach (char unit in text)
        {
            Append(unit, from, to);
        }
    }

    /// <summary>Writes units of the source as they are.</summary>
    internal void Copy(int from, int to)
    {
        int count = to - from;
        if (_chars.Length - Length < count)
        {
            Grow(count);
        }

        source.Chars[from..to].CopyTo(_chars.AsSpan(Length));
        if (_starts is not null)
        {
            for (int i = 0; i < count; i++)
            {
                _starts[Length + i] = source.Start(from + i);
                _ends![Length + i] = source.End(from + i);
            }
        }

        Length += count;
    }

    /// <summary>Takes the last units back.</summary>
    internal void Shorten(int length) => Length = length;

    internal NormalizedText Done() => NormalizedText.Changed(_chars.AsMemory(0, Length), _starts, _ends, source.IsFirst);

    private void Grow(int more)
    {
        int size = Math.Max(_chars.Length * 2, Length + more);
        Array.Resize(ref _chars, size);
        if (_starts is not null)
        {
            Array.Resize(ref _starts, size);
            Array.Resize(ref _ends, size);
        }
    }
}
