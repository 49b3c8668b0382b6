using System.Globalization;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Dashboard;

/// <summary>Reads the colour codes of console lines.</summary>
internal static partial class AnsiText
{
    private const char Escape = '\u001b';

    public static string Strip(string line) => line.Contains(Escape, StringComparison.Ordinal) ? Sequence().Replace(line, "") : line;

    /// <summary>The line in pieces of one style each; what is no colour code is left out.</summary>
    public static IReadOnlyList<AnsiRun> Split(string line)
    {
        if (!line.Contains(Escape, StringComparison.Ordinal))
        {
            return [new AnsiRun(line, "")];
        }

        var runs = new List<AnsiRun>();
        var style = default(AnsiStyle);
        int start = 0;
        foreach (Match match in Sequence().Matches(line))
        {
            Add(line[start..match.Index]);
            start = match.Index + match.Length;
            if (match.ValueSpan[^1] == 'm' && match.Length > 2 && match.ValueSpan[1] == '[')
            {
                style = style.With([.. match.Value[2..^1].Split(';').Select(Code)]);
            }
        }

        Add(line[start..]);
        return runs;

        void Add(string text)
        {
            if (text.Length > 0)
            {
                runs.Add(new AnsiRun(text, style.Classes));
            }
        }
    }

    private static int Code(string text) => text.Length == 0 ? 0 : int.TryParse(text, CultureInfo.InvariantCulture, out int code) ? code : -1;

    [GeneratedRegex(@"\u001b(\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)|.?)")]
    private static partial Regex Sequence();

    private readonly record struct AnsiStyle(int? Foreground, int? Background, bool IsBold, bool IsDim, bool IsUnderlined)
    {
        public string Classes
        {
            get
            {
                string?[] names =
                [
                    Foreground is { } f ? $"fg{f}" : null, Background is { } b ? $"bg{b}" : null, IsBold ? "bold" : null, IsDim ? "dim" : null,
                    IsUnderlined ? "underlined" : null,
                ];
                return string.Join(' ', names.OfType<string>());
            }
        }

        public AnsiStyle With(int[] codes)
        {
            AnsiStyle style = this;
            for (int i = 0; i < codes.Length; i++)
            {
                int code = codes[i];
                if (code is 38 or 48)
                {
                    // 256 colours (5;n) and true colours (2;r;g;b): the nearest of the sixteen that the page has.
                    int kind = i + 1 < codes.Length ? codes[i + 1] : -1;
                    int? color = kind == 5 && i + 2 < codes.Length ? Nearest(codes[i + 2])
                        : kind == 2 && i + 4 < codes.Length ? Nearest(codes[i + 2], codes[i + 3], codes[i + 4])
                        : null;
                    style = code == 38 ? style with { Foreground = color } : style with { Background = color };
                    i += kind == 5 ? 2 : 4;
                    continue;
                }

                style = code switch
                {
                    0 => default,
                    1 => style with { IsBold = true },
                    2 => style with { IsDim = true },
                    4 => style with { IsUnderlined = true },
                    22 => style with { IsBold = false, IsDim = false },
                    24 => style with { IsUnderlined = false },
                    >= 30 and <= 37 => style with { Foreground = code - 30 },
                    39 => style with { Foreground = null },
                    >= 40 and <= 47 => style with { Background = code - 40 },
                    49 => style with { Background = null },
                    >= 90 and <= 97 => style with { Foreground = code - 82 },
                    >= 100 and <= 107 => style with { Background = code - 92 },
                    _ => style,
                };
            }

            return style;
        }

        private static int? Nearest(int index) => index switch
        {
            >= 0 and < 16 => index,
            >= 16 and < 232 => Nearest((index - 16) / 36 * 51, (index - 16) / 6 % 6 * 51, (index - 16) % 6 * 51),
            >= 232 and < 256 => Nearest((index - 232) * 11, (index - 232) * 11, (index - 232) * 11),
            _ => null,
        };

        private static int? Nearest(int red, int green, int blue)
        {
            int max = Math.Max(red, Math.Max(green, blue));
            int half = Math.Max(64, max / 2);
            int color = (red > half ? 1 : 0) | (green > half ? 2 : 0) | (blue > half ? 4 : 0);
            return max > 190 ? color + 8 : color;
        }
    }
}
