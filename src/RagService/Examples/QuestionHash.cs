using System.Security.Cryptography;
using System.Text;
using Ratchet.RagService.Index;

namespace Ratchet.RagService.Examples;

/// <summary>A name for a question that case, punctuation and spacing do not change.</summary>
internal static class QuestionHash
{
    private const int HexLength = 32;

    public static string Of(string question)
    {
        List<string> tokens = SearchTokens.Of(question);

        // A question of signs only is no two questions' name.
        string text = tokens.Count > 0 ? string.Join(' ', tokens) : question;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HexLength];
    }
}
