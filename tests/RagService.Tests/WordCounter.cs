using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests;

/// <summary>A word is a token, and so is a CJK character.</summary>
internal sealed class WordCounter : ITokenCounter
{
    public int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        bool inWord = false;
        foreach (char letter in text)
        {
            bool isCjk = SearchTokens.IsCjk(letter);
            bool isWord = !isCjk && !char.IsWhiteSpace(letter);
            count += isCjk || (isWord && !inWord) ? 1 : 0;
            inWord = isWord;
        }

        return count;
    }
}
