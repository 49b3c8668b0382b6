namespace Ratchet.Datasets.Json;

/// <summary>Turns byte offsets of a slice, asked in rising order, into lines and columns of the file.</summary>
internal struct PlaceCursor(JsonSlice slice)
{
    private int _offset;
    private int _line = slice.Line;
    private int _column = slice.Column;

    public (int Line, int Column) At(int offset)
    {
        ReadOnlySpan<byte> bytes = slice.Bytes.Span;
        for (; _offset < offset && _offset < bytes.Length; _offset++)
        {
            byte value = bytes[_offset];
            if (value == (byte)'\n')
            {
                (_line, _column) = (_line + 1, 1);
            }
            else if ((value & 0xC0) != 0x80)
            {
                _column++;
            }
        }

        return (_line, _column);
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
