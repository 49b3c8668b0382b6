using System.Text;

namespace Ratchet.TrainerService.Infrastructure.Processes;

/// <summary>Cuts what a program prints into lines of bounded length, whatever it prints.</summary>
/// <remarks>
/// A carriage return ends a line too: progress bars rewrite theirs with it. Colour codes and other control characters are
/// dropped, bytes that are no UTF-8 become U+FFFD, and the part of a line beyond the limit is dropped.
/// </remarks>
internal sealed class OutputLines
{
    public const int LengthMax = 8192;

    private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
    private readonly StringBuilder _line = new();
    private bool _inEscape;

    /// <summary>Takes a stretch of output and gives back the lines that it completes; empty ones are left out.</summary>
    public IEnumerable<string> Add(ReadOnlySpan<byte> bytes, bool isLast = false)
    {
        char[] text = new char[_decoder.GetCharCount(bytes, isLast)];
        _decoder.GetChars(bytes, text, isLast);
        var lines = new List<string>();
        foreach (char c in text)
        {
            Take(c, lines);
        }

        if (isLast)
        {
            End(lines);
        }

        return lines;
    }

    private void Take(char c, List<string> lines)
    {
        if (c is '\n' or '\r')
        {
            _inEscape = false;
            End(lines);
        }
        else if (_inEscape)
        {
            // A colour code is ESC, [, digits and semicolons, and a letter.
            _inEscape = !char.IsAsciiLetter(c);
        }
        else if (c == '\u001b')
        {
            _inEscape = true;
        }
        else if ((c == '\t' || !char.IsControl(c)) && _line.Length < LengthMax)
        {
            _line.Append(c);
        }
    }

    private void End(List<string> lines)
    {
        string line = _line.ToString().Trim();
        _line.Clear();
        if (line.Length > 0)
        {
            lines.Add(line);
        }
    }
}
