using System.Text;

namespace Ratchet.Datasets.Csv;

/// <summary>
/// Splits a table into records as RFC 4180 says, and keeps line and column of each field, which a report needs and a
/// general CSV library does not give. A quote inside an unquoted field is taken as it is. The header tells the delimiter: comma,
/// semicolon, tab or bar.
/// </summary>
/// <param name="text">The table.</param>
/// <param name="recordCharactersMax">A longer record is a fault, and the rest of it is not kept.</param>
public sealed class CsvFieldReader(TextReader text, int recordCharactersMax)
{
    private static readonly char[] Delimiters = [',', '\t', ';', '|'];

    private readonly StringBuilder _field = new();
    private readonly char[] _buffer = new char[1 << 14];
    private int _position;
    private int _length;
    private int _line = 1;
    private int _column = 1;
    private char? _delimiter;

    /// <summary>What is wrong with the last record, with its place; null where nothing is.</summary>
    public (int Line, int Column, string Code, string Message)? Fault { get; private set; }

    /// <summary>Reads the next record that is not a blank line.</summary>
    /// <returns>Null at the end of the table.</returns>
    public List<CsvField>? Read()
    {
        Fault = null;
        while (Peek() is '\n' or '\r')
        {
            Take();
        }

        if (Peek() < 0)
        {
            return null;
        }

        _delimiter ??= DetectDelimiter();
        var fields = new List<CsvField>();
        int characters = 0;
        while (true)
        {
            (int line, int column) = (_line, _column);
            string field = Peek() == '"' ? TakeQuoted(line, column) : TakePlain();
            characters += field.Length;
            if (characters > recordCharactersMax)
            {
                Fault ??= (line, column, DatasetIssueCodes.RowTooLong, $"The row is longer than {recordCharactersMax:N0} characters, the most that one may have.");
            }

            fields.Add(new CsvField(field, line, column));
            int next = Peek();
            if (next >= 0)
            {
                Take();
            }

            if (next == '\r' && Peek() == '\n')
            {
                Take();
            }

            if (next != _delimiter)
            {
                return fields;
            }
        }
    }

    private string TakePlain()
    {
        _field.Clear();
        while (Peek() is int next and >= 0 && next != _delimiter && next is not ('\n' or '\r'))
        {
            ReadOnlySpan<char> left = _buffer.AsSpan(_position, _length - _position);
            int end = left.IndexOfAny(_delimiter ?? '\n', '\n', '\r');
            TakeRun(end < 0 ? left : left[..end]);
        }

        return _field.ToString();
    }

    private string TakeQuoted(int line, int column)
    {
        _field.Clear();
        Take();
        while (true)
        {
            int next = Peek();
            if (next < 0)
            {
                Fault ??= (line, column, DatasetIssueCodes.InvalidCsv, "A quoted field begins here and never ends. Write \"\" for a quote inside quotes.");
                return _field.ToString();
            }

            ReadOnlySpan<char> left = _buffer.AsSpan(_position, _length - _position);
            int end = left.IndexOfAny('"', '\n');
            if (end != 0)
            {
                TakeRun(end < 0 ? left : left[..end]);
                continue;
            }

            char taken = Take();
            if (taken != '"')
            {
                Append(taken);
            }
            else if (Peek() == '"')
            {
                Append(Take());
            }
            else
            {
                break;
            }
        }

        string field = _field.ToString();
        if (Peek() is int after and >= 0 && after != _delimiter && after is not ('\n' or '\r'))
        {
            Fault ??= (
                _line, _column, DatasetIssueCodes.InvalidCsv, "Text follows the closing quote of a field. Write \"\" for a quote inside quotes.");
            field += TakePlain();
        }

        return field;
    }

    private char DetectDelimiter()
    {
        // The header tells: names hold none of these.
        int end = Array.IndexOf(_buffer, '\n', _position, _length - _position);
        ReadOnlySpan<char> header = _buffer.AsSpan(_position, (end < 0 ? _length : end) - _position);
        char best = Delimiters[0];
        foreach (char delimiter in Delimiters)
        {
            best = header.Count(delimiter) > header.Count(best) ? delimiter : best;
        }

        return best;
    }

    private void Append(char value)
    {
        if (_field.Length <= recordCharactersMax)
        {
            _field.Append(value);
        }
    }

    // Characters of one line, at once.
    private void TakeRun(ReadOnlySpan<char> run)
    {
        _field.Append(run[..Math.Clamp(recordCharactersMax + 1 - _field.Length, 0, run.Length)]);
        _position += run.Length;
        _column += run.Length;
    }

    private int Peek()
    {
        if (_position == _length)
        {
            _length = text.Read(_buffer, 0, _buffer.Length);
            _position = 0;
        }

        return _position < _length ? _buffer[_position] : -1;
    }

    private char Take()
    {
        // Filled by the peek before it.
        char value = _buffer[_position++];
        (_line, _column) = value == '\n' ? (_line + 1, 1) : (_line, _column + 1);
        return value;
    }
}
