namespace Ratchet.RagService.Chunking;

/// <summary>Reads the headings and blocks of Markdown and plain text, with their places.</summary>
internal static class Outline
{
    private const int LevelsMax = 6;

    public static IReadOnlyList<TextSection> Of(string text)
    {
        var reader = new Reader(text);
        reader.Read();
        return reader.Sections;
    }

    /// <summary>The text of a heading line, or null; "## Fees ##" gives level 2 and "Fees".</summary>
    internal static string? HeadingOf(ReadOnlySpan<char> line, out int level)
    {
        level = 0;
        ReadOnlySpan<char> rest = line.TrimStart(' ');
        if (line.Length - rest.Length > 3)
        {
            return null;
        }

        while (level < rest.Length && rest[level] == '#')
        {
            level++;
        }

        if (level is 0 or > LevelsMax || (rest.Length > level && rest[level] is not (' ' or '\t')))
        {
            return null;
        }

        ReadOnlySpan<char> title = rest[level..].Trim();
        ReadOnlySpan<char> unclosed = title.TrimEnd('#');
        title = unclosed.Length == 0 || unclosed[^1] is ' ' or '\t' ? unclosed.TrimEnd() : title;
        return title.ToString();
    }

    private sealed class Reader(string text)
    {
        private readonly string[] _titles = new string[LevelsMax];
        private readonly List<TextRange> _blocks = [];
        private int _depth;
        private TextRange _heading;
        private int _blockStart = -1;
        private int _blockEnd;
        private bool _inCode;

        public List<TextSection> Sections { get; } = [];

        public void Read()
        {
            for (int start = 0; start < text.Length;)
            {
                int end = text.IndexOf('\n', start);
                end = end < 0 ? text.Length : end;
                ReadLine(new TextRange(start, end));
                start = end + 1;
            }

            EndSection();
        }

        private void ReadLine(TextRange range)
        {
            ReadOnlySpan<char> line = text.AsSpan(range.Start, range.Length);
            ReadOnlySpan<char> trimmed = line.Trim();
            bool isFence = trimmed.StartsWith("```") || trimmed.StartsWith("~~~");
            if (_inCode || isFence)
            {
                _inCode = isFence ? !_inCode : _inCode;
                Extend(range);
                return;
            }

            if (trimmed.IsEmpty)
            {
                EndBlock();
            }
            else if (HeadingOf(line, out int level) is { Length: > 0 } title)
            {
                StartSection(title, level, range);
            }
            else if (UnderlineLevel(trimmed) is int underlined and > 0 && IsOneLineBlock())
            {
                TextRange above = new(_blockStart, _blockEnd);
                _blockStart = -1;
                StartSection(text[above.Start..above.End].Trim(), underlined, above with { End = range.End });
            }
            else
            {
                if (StartsBlock(trimmed))
                {
                    EndBlock();
                }

                Extend(range);
            }
        }

        private void StartSection(string title, int level, TextRange range)
        {
            EndSection();
            // A skipped level (# then ###) has no title of its own and is left out of paths.
            for (int i = _depth; i < level - 1; i++)
            {
                _titles[i] = "";
            }

            _titles[level - 1] = title;
            _depth = level;
            _heading = range;
        }

        private void EndSection()
        {
            EndBlock();
            if (_depth > 0 || _blocks.Count > 0)
            {
                Sections.Add(new TextSection(
                    [.. _titles[.._depth].Where(title => title.Length > 0)], _heading, [.. _blocks]));
            }

            _blocks.Clear();
        }

        private void Extend(TextRange line)
        {
            if (_blockStart < 0)
            {
                _blockStart = line.Start;
            }

            _blockEnd = line.End;
        }

        private void EndBlock()
        {
            if (_blockStart >= 0)
            {
                _blocks.Add(new TextRange(_blockStart, _blockEnd));
                _blockStart = -1;
            }
        }

        private bool IsOneLineBlock() =>
            _blockStart >= 0 && text.IndexOf('\n', _blockStart, _blockEnd - _blockStart) < 0
            && !StartsBlock(text.AsSpan(_blockStart, _blockEnd - _blockStart).Trim());

        private static int UnderlineLevel(ReadOnlySpan<char> line) =>
            line.Length < 3 ? 0 : line.TrimEnd('=').IsEmpty ? 1 : line.TrimEnd('-').IsEmpty ? 2 : 0;

        // List items and table rows say one thing each.
        private static bool StartsBlock(ReadOnlySpan<char> line)
        {
            if (line[0] == '|' || (line.Length > 1 && line[0] is '-' or '*' or '+' or '•' && line[1] == ' '))
            {
                return true;
            }

            int digits = 0;
            while (digits < line.Length && char.IsAsciiDigit(line[digits]))
            {
                digits++;
            }

            return digits is > 0 and < 4 && line.Length > digits + 1 && line[digits] is '.' or ')'
                && line[digits + 1] == ' ';
        }
    }
}
