namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Raw blocks, whose text is taken as it stands.</summary>
internal sealed partial class TemplateLexer
{
    // Where the tag {% name %} at a place ends, or -1 where another stands there.
    private int RawTag(int open, string name)
    {
        int at = open + 2;
        at += at < _source.Length && _source[at] is '-' or '+' ? 1 : 0;
        at = AfterSpace(at);
        if (string.CompareOrdinal(_source, at, name, 0, name.Length) != 0)
        {
            return -1;
        }

        at = AfterSpace(at + name.Length);
        at += at < _source.Length && _source[at] is '-' or '+' ? 1 : 0;
        return string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? at + 2 : -1;
    }

    private int AfterSpace(int at)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    // Text up to the end of the raw block, whatever tags stand in it.
    private bool ReadRaw(int start)
    {
        int line = _line;
        start = _source[start - 3] == '-' ? AfterSpace(start) : start;
        for (int open = _source.IndexOf("{%", start, StringComparison.Ordinal); open >= 0; open = _source.IndexOf("{%", open + 2, StringComparison.Ordinal))
        {
            if (RawTag(open, "endraw") is > 0 and int end)
            {
                string text = _source[start..open];
                int lineStart = text.LastIndexOf('\n') + 1;
                string kept = _source[open + 2] == '-' ? PythonText.TrimEnd(text, null)
                    : _source[open + 2] != '+' && lineStart > 0 && text.AsSpan(lineStart).Trim(" \t\v\f").IsEmpty ? text[..lineStart]
                    : text;
                AddText(kept);
                CountLines(text.AsSpan(kept.Length));
                _at = end;
                return AfterTag(_source[end - 3], eatsNewline: true);
            }
        }

        throw new TemplateException(TemplateFault.Syntax, "A raw block begins here and never ends; '{% endraw %}' was needed.", line);
    }
}
