namespace Ratchet.RagService.Index;

/// <summary>Words that ask rather than name. A question is searched for without them: they are in every passage.</summary>
internal static class FunctionWords
{
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
        "for", "from", "get", "had", "has", "have", "he", "how", "i", "if", "in", "is", "it", "its", "many", "may", "me", "much",
        "my", "of", "on", "or", "our", "please", "shall", "she", "should", "so", "some", "tell", "than", "that", "the", "their",
        "then", "there", "they", "this", "to", "us", "want", "was", "we", "were", "what", "when", "where", "which", "who", "whose",
        "why", "will", "with", "would", "you", "your", "什么", "多少", "怎么", "哪里", "如何", "请问", "是否", "可以",
    };

    /// <summary>The tokens that name something; all of them where none does.</summary>
    public static IReadOnlyList<string> LeftOut(IReadOnlyList<string> tokens)
    {
        List<string> naming = [.. tokens.Where(token => !Words.Contains(token))];
        return naming.Count > 0 ? naming : tokens;
    }
}
