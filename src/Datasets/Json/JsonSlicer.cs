using System.Buffers;

namespace Ratchet.Datasets.Json;

/// <summary>
/// Cuts a stream into top-level JSON values without holding more than one: the elements of an array, or the objects of
/// lines. A broken line does not take the next one with it, because a value ends at the latest before a line that begins
/// a new object.
/// </summary>
internal sealed class JsonSlicer(Stream stream, IssueList issues, DatasetLimits limits)
{
    // A line's end is told apart in both: it may end the value.
    private static readonly SearchValues<byte> EndsText = SearchValues.Create("\"\\\n"u8);
    private static readonly SearchValues<byte> EndsStructure = SearchValues.Create("\"{}[]\n"u8);

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly ArrayBufferWriter<byte> _value = new();
    private int _position;
    private int _length;
    private int _line = 1;
    private int _column = 1;
    private bool _multilineReported;
    private bool _commaReported;

    public bool IsArray { get; private set; }

    public IEnumerable<JsonSlice> Read()
    {
        int begun = 0;
        bool opened = false;
        int lastEndLine = 0;
        while (Peek() is int next and >= 0)
        {
            if (next is ' ' or '\t' or '\r' or '\n' or 0xEF or 0xBB or 0xBF && (next < 0x80 || (_line == 1 && begun == 0)))
            {
                Take();
                _column = next >= 0x80 ? 1 : _column;
            }
            else if (!opened && next == '[')
            {
                (opened, IsArray) = (true, true);
                Take();
            }
            else if (IsArray && opened && next == ']')
            {
                // What follows the array is read as lines; a second array is opened like the first.
                Take();
                opened = false;
            }
            else if (next == ',')
            {
                if ((!IsArray || !opened) && !_commaReported)
                {
                    issues.Warning(_line, _column, DatasetIssueCodes.StrayComma, "A comma stands between objects; one object a line needs none.");
                    _commaReported = true;
                }

                Take();
            }
            else
            {
                bool inArray = IsArray && opened;
                bool glued = !inArray && lastEndLine == _line;
                begun++;
                opened |= !IsArray;
                JsonSlice? slice = next is '{' or '[' ? TakeBalanced(inArray, glued) : TakeScalar(inArray, glued);
                lastEndLine = _line;
                if (slice is { } whole)
                {
                    yield return whole;
                }
            }
        }
    }

    private JsonSlice? TakeBalanced(bool inArray, bool glued)
    {
        (int line, int column) = (_line, _column);
        _value.ResetWrittenCount();
        int depth = 0;
        bool inString = false;
        bool escaped = false;
        bool tooLong = false;
        bool unfinished = true;
        while (Peek() is int next and >= 0)
        {
            if (!escaped && TakeRun(inString ? EndsText : EndsStructure, ref tooLong))
            {
                continue;
            }

            if (next == '\n' && !inArray && (inString || PeekSecond() is '{' or < 0))
            {
                break;
            }

            if (next == '\n')
            {
                // A string cannot run over a line's end: the parser will say so, and counting goes on behind it.
                inString = escaped = false;
            }

            Take();
            tooLong = !Append((byte)next) || tooLong;
            if (inString)
            {
                inString = escaped || next != '"';
                escaped = !escaped && next == '\\';
                continue;
            }

            inString = next == '"';
            depth += next is '{' or '[' ? 1 : next is '}' or ']' ? -1 : 0;
            if (depth == 0)
            {
                unfinished = false;
                break;
            }
        }

        if (tooLong)
        {
            issues.Error(
                line, column, DatasetIssueCodes.RowTooLong, $"The row is longer than {limits.RowBytesMax:N0} bytes, the most that one may have.");
            return null;
        }

        if (!inArray && _line > line && !unfinished && !_multilineReported)
        {
            issues.Warning(
                line, column, DatasetIssueCodes.MultilineObject, "An object runs over several lines; it was read, but JSONL wants one object a line.");
            _multilineReported = true;
        }

        return new JsonSlice(_value.WrittenSpan.ToArray(), line, column, glued, unfinished);
    }

    private JsonSlice? TakeScalar(bool inArray, bool glued)
    {
        (int line, int column) = (_line, _column);
        _value.ResetWrittenCount();
        bool tooLong = false;
        bool inString = false;
        bool escaped = false;
        while (Peek() is int next and >= 0 && next != '\n' && !(inArray && !inString && next is ',' or ']'))
        {
            Take();
            tooLong = !Append((byte)next) || tooLong;
            inString = inString ? escaped || next != '"' : next == '"';
            escaped = inString && !escaped && next == '\\';
        }

        if (tooLong)
        {
            issues.Error(
                line, column, DatasetIssueCodes.RowTooLong, $"The row is longer than {limits.RowBytesMax:N0} bytes, the most that one may have.");
            return null;
        }

        return new JsonSlice(_value.WrittenSpan.TrimEnd((byte)'\r').ToArray(), line, column, glued, Unfinished: false);
    }

    // What lies before the next byte that means something, at once.
    private bool TakeRun(SearchValues<byte> ends, ref bool tooLong)
    {
        ReadOnlySpan<byte> left = _buffer.AsSpan(_position, _length - _position);
        int end = left.IndexOfAny(ends);
        ReadOnlySpan<byte> run = end < 0 ? left : left[..end];
        if (run.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> kept = run[..Math.Min(run.Length, limits.RowBytesMax - _value.WrittenCount)];
        _value.Write(kept);
        tooLong |= kept.Length < run.Length;
        _position += run.Length;
        _column += PlaceCursor.Characters(run);
        return true;
    }

    private bool Append(byte value)
    {
        if (_value.WrittenCount >= limits.RowBytesMax)
        {
            return false;
        }

        _value.GetSpan(1)[0] = value;
        _value.Advance(1);
        return true;
    }

    private int Peek() => _position < _length || Fill() ? _buffer[_position] : -1;

    private int PeekSecond()
    {
        if (_position + 1 < _length)
        {
            return _buffer[_position + 1];
        }

        // The current byte is kept, the rest of the buffer is filled behind it.
        _buffer[0] = _buffer[_position];
        int read = stream.Read(_buffer, 1, _buffer.Length - 1);
        (_position, _length) = (0, 1 + read);
        return read > 0 ? _buffer[1] : -1;
    }

    private void Take()
    {
        byte value = _buffer[_position++];
        if (value == (byte)'\n')
        {
            (_line, _column) = (_line + 1, 1);
        }
        else if ((value & 0xC0) != 0x80)
        {
            _column++;
        }
    }

    private bool Fill()
    {
        _length = stream.Read(_buffer, 0, _buffer.Length);
        _position = 0;
        return _length > 0;
    }
}
