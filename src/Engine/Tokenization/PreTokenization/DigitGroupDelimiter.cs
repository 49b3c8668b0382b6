using System.Text;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Up to three numbers: <c>\p{N}{1,3}</c>.</summary>
internal sealed class DigitGroupDelimiter : IDelimiter
{
    private const int DigitsMax = 3;

    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        start = from;
        length = 0;
        int count = 0;
        for (int at = from; at < text.Length && count < DigitsMax;)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int size);
            if (Rune.IsNumber(rune))
            {
                start = count == 0 ? at : start;
                count++;
                length = at + size - start;
            }
            else if (count > 0)
            {
                break;
            }

            at += size;
        }

        return count > 0;
    }
}
