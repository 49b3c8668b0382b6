namespace Ratchet.Engine.Evaluation;

/// <summary>White space as the reference implementations see it: Python's counts the separators U+001C to U+001F too.</summary>
internal static class PythonSpace
{
    public static string Trim(string text) => TrimEnd(text)[Leading(text)..];

    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    public static string[] Split(string text)
    {
        var words = new List<string>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || IsSpace(text[i]))
            {
                if (i > start)
                {
                    words.Add(text[start..i]);
                }

                start = i + 1;
            }
        }

        return [.. words];
    }

    private static int Leading(string text)
    {
        int start = 0;
        int end = TrimEnd(text).Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        return start;
    }

    private static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';
}
