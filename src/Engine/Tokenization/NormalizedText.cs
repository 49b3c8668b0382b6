using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Text after normalisation, each UTF-16 unit with the part of the original that it came from.</summary>
internal sealed class NormalizedText(int capacity)
{
    private char[] _chars = new char[Math.Max(capacity, 16)];
    private int[] _starts = new int[Math.Max(capacity, 16)];
    private int[] _ends = new int[Math.Max(capacity, 16)];
    private int _length;

    internal ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    internal int Start(int index) => _starts[index];

    internal int End(int index) => _ends[index];

    internal void Append(char unit, int start, int end)
    {
        if (_length == _chars.Length)
        {
            Array.Resize(ref _chars, _length * 2);
            Array.Resize(ref _starts, _length * 2);
            Array.Resize(ref _ends, _length * 2);
        }

        _chars[_length] = unit;
        _starts[_length] = start;
        _ends[_length++] = end;
    }

    internal void Append(Rune rune, int start, int end)
    {
        Span<char> units = stackalloc char[2];
        foreach (char unit in units[..rune.EncodeToUtf16(units)])
        {
            Append(unit, start, end);
        }
    }
}
