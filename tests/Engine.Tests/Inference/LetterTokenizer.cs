using System.Text;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Inference;

/// <summary>Ids 0 to 25 are the letters a to z.</summary>
internal sealed class LetterTokenizer : ITokenizer
{
    private static readonly byte[] Letters = [.. "abcdefghijklmnopqrstuvwxyz"u8];

    public int VocabularySize => Letters.Length;

    public int? BeginToken => null;

    public int? EndToken => null;

    public int? PaddingToken => null;

    public int[] Encode(string text, bool parseSpecial = false, bool addSpecial = false) => [.. text.Select(c => c - 'a')];

    public TokenSpan[] EncodeWithOffsets(string text, bool parseSpecial = false, bool addSpecial = false) =>
        throw new NotSupportedException("Letters need no offsets.");

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            text.Append((char)('a' + id));
        }

        return text.ToString();
    }

    public ReadOnlySpan<byte> TokenBytes(int id, bool first = false) => Letters.AsSpan(id, 1);

    public bool IsSpecial(int id) => false;

    public string TokenText(int id) => ((char)('a' + id)).ToString();

    public int? IdOf(string token) => token[0] - 'a';

    public bool TryFindSpecial(ReadOnlySpan<char> text, out int start, out int length, out int id)
    {
        (start, length, id) = (0, 0, 0);
        return false;
    }
}
