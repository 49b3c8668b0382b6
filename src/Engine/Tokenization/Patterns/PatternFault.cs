namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>What to throw for a pattern.</summary>
internal static class PatternFault
{
    private const int ShownMax = 120;

    internal static VocabularyException At(string pattern, int place, string found) => new(
        $"The pattern {Shown(pattern)} has at character {place + 1} {found}, which is not known here. Choose a model whose text is cut without it.");

    internal static VocabularyException Of(string pattern, string found) => new(
        $"The pattern {Shown(pattern)} {found}.");

    private static string Shown(string pattern) => pattern.Length <= ShownMax ? $"\"{pattern}\"" : $"\"{pattern[..ShownMax]}…\"";
}
