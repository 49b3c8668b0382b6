using System.Text;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Text that nobody wrote, of the words that the repository's own pages use, each as often as they do: no two paragraphs are alike.</summary>
internal sealed class MadeText
{
    private readonly Random _random;
    private readonly string[] _words;

    /// <param name="seed">The same seed gives the same text.</param>
    public MadeText(int seed)
    {
        _random = new Random(seed);
        string pages = string.Join(' ', Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(File.ReadAllText));
        _words = [.. pages.Split([' ', '\n', '`', '|', '(', ')', '*', '"'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('.', ',', ':', ';')).Where(word => word.Length is > 0 and < 15 && word.All(char.IsLetterOrDigit))];
    }

    /// <summary>Some sentences of 8 to 20 words.</summary>
    public string Paragraph(int sentences)
    {
        var text = new StringBuilder();
        for (int i = 0; i < sentences; i++)
        {
            text.Append(i == 0 ? "" : " ");
            int words = _random.Next(8, 21);
            for (int word = 0; word < words; word++)
            {
                string next = _words[_random.Next(_words.Length)];
                text.Append(word == 0 ? $"{char.ToUpperInvariant(next[0])}{next[1..]}" : next);
                text.Append(word == words - 1 ? "." : _random.Next(12) == 0 ? ", " : " ");
            }
        }

        return text.ToString();
    }

    /// <summary>A page with a heading for every few paragraphs.</summary>
    public string Page(int paragraphs)
    {
        var text = new StringBuilder();
        for (int i = 0; i < paragraphs; i++)
        {
            if (i % 4 == 0)
            {
                text.Append(i == 0 ? "# " : "## ").Append(Paragraph(1).TrimEnd('.')).Append("\n\n");
            }

            text.Append(Paragraph(_random.Next(4, 8))).Append("\n\n");
        }

        return text.ToString();
    }

    /// <summary>A whole number below a bound.</summary>
    public int Next(int bound) => _random.Next(bound);
}
