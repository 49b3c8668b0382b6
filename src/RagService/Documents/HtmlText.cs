using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Ratchet.RagService.Documents;

/// <summary>Reads a web page into plain text with Markdown's marks for headings, list items and table rows.</summary>
internal static class HtmlText
{
    private static readonly HashSet<string> Unseen = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "template", "noscript", "head", "nav", "svg", "iframe", "object", "button", "select", "input",
        "textarea",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "figure", "figcaption", "ul", "ol",
        "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "caption", "form", "fieldset", "address", "details", "pre", "hr",
    };

    public static ExtractedText Read(string html)
    {
        using IHtmlDocument page = new HtmlParser().ParseDocument(html);
        var writer = new Writer();
        if (page.Body is { } body)
        {
            writer.Children(body);
        }

        string? title = string.IsNullOrWhiteSpace(page.Title) ? page.QuerySelector("h1")?.TextContent.Trim() : page.Title;
        return new ExtractedText(writer.ToString(), title);
    }

    private sealed class Writer
    {
        private readonly StringBuilder _text = new();

        public void Children(INode parent)
        {
            foreach (INode child in parent.ChildNodes)
            {
                if (child is IText text)
                {
                    Words(text.Data, IsKept(text));
                }
                else if (child is IElement element && !Unseen.Contains(element.LocalName) && !element.HasAttribute("hidden"))
                {
                    Element(element);
                }
            }
        }

        public override string ToString() => _text.ToString().Trim();

        private void Element(IElement element)
        {
            string name = element.LocalName;
            if (name is ['h', >= '1' and <= '6'])
            {
                Paragraph();
                _text.Append('#', name[1] - '0').Append(' ').Append(OneLine(element));
                Paragraph();
            }
            else if (name == "summary")
            {
                // The question of a fold-out answer reads as a heading above it.
                Paragraph();
                _text.Append("### ").Append(OneLine(element));
                Paragraph();
            }
            else if (name == "li")
            {
                Line();
                _text.Append("- ");
                Children(element);
                Line();
            }
            else if (name == "tr")
            {
                Line();
                IEnumerable<string> cells = element.Children.Where(cell => cell.LocalName is "td" or "th").Select(OneLine);
                _text.Append("| ").AppendJoin(" | ", cells).Append(" |");
                Line();
            }
            else if (name == "br")
            {
                Line();
            }
            else if (Blocks.Contains(name))
            {
                Paragraph();
                Children(element);
                Paragraph();
            }
            else
            {
                Children(element);
            }
        }

        private void Words(string data, bool isKept)
        {
            if (isKept)
            {
                _text.Append(data.ReplaceLineEndings("\n"));
                return;
            }

            foreach (char letter in data)
            {
                if (!char.IsWhiteSpace(letter))
                {
                    _text.Append(letter);
                }
                else if (_text.Length > 0 && _text[^1] is not (' ' or '\n'))
                {
                    _text.Append(' ');
                }
            }
        }

        private void Line()
        {
            TrimEnd();
            if (_text.Length > 0 && _text[^1] != '\n')
            {
                _text.Append('\n');
            }
        }

        private void Paragraph()
        {
            Line();
            if (_text.Length > 1 && _text[^2] != '\n')
            {
                _text.Append('\n');
            }
        }

        private void TrimEnd()
        {
            while (_text.Length > 0 && _text[^1] == ' ')
            {
                _text.Length--;
            }
        }

        private static bool IsKept(IText text) => text.ParentElement?.Closest("pre") is not null;

        private static string OneLine(IElement element) =>
            string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
