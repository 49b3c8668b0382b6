using System.Numerics;
using System.Runtime.Intrinsics;

namespace Ratchet.Datasets.Json;

/// <summary>Turns byte offsets of a slice, asked in rising order, into lines and columns of the file.</summary>
internal struct PlaceCursor(JsonSlice slice)
{
    private int _offset;
    private int _line = slice.Line;
    private int _column = slice.Column;

    public (int Line, int Column) At(int offset)
    {
        ReadOnlySpan<byte> passed = slice.Bytes.Span[Math.Min(_offset, slice.Bytes.Length)..Math.Min(Math.Max(offset, _offset), slice.Bytes.Length)];
        _offset += passed.Length;
        for (int end; (end = passed.IndexOf((byte)'\n')) >= 0; passed = passed[(end + 1)..])
        {
            (_line, _column) = (_line + 1, 1);
        }

        _column += Characters(passed);
        return (_line, _column);
    }

    /// <summary>How many characters begin in a run of UTF-8: all bytes but those that continue one.</summary>
    public static int Characters(ReadOnlySpan<byte> run)
    {
        int count = 0;
        int at = 0;
        for (; at + Vector256<byte>.Count <= run.Length; at += Vector256<byte>.Count)
        {
            // As signed numbers, 0x80 to 0xBF are the least.
            Vector256<sbyte> bytes = Vector256.Create(run[at..]).AsSByte();
            count += BitOperations.PopCount(Vector256.GreaterThanOrEqual(bytes, Vector256.Create((sbyte)-64)).ExtractMostSignificantBits());
        }

        foreach (byte value in run[at..])
        {
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    /// <summary>From the parser's own way of saying it: lines and bytes in the line, both from 0.</summary>
    public readonly (int Line, int Column) Of(int line, int byteInLine)
    {
        ReadOnlySpan<byte> bytes = slice.Bytes.Span;
        int start = 0;
        for (int count = 0; count < line; count++)
        {
            int end = bytes[start..].IndexOf((byte)'\n');
            if (end < 0)
            {
                break;
            }

            start += end + 1;
        }

        return new PlaceCursor(slice).At(Math.Min(start + byteInLine, bytes.Length));
    }
}
