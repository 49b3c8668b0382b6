using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Turns a stream of tokens into a stream of text that never holds half a character.</summary>
/// <param name="tokenizer">Whose tokens they are.</param>
/// <param name="skipSpecial">Whether special tokens give no text.</param>
/// <remarks>
/// An unfinished character waits; bytes that can no longer become one give U+FFFD at once. The pieces and
/// <see cref="Finish"/> together are what <see cref="ITokenizer.Decode"/> gives for the same ids. Not for several threads.
/// </remarks>
public sealed class IncrementalDecoder(ITokenizer tokenizer, bool skipSpecial)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _begun;

    /// <summary>Takes the next token and returns the text that is now certain; often empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id)
    {
        if (skipSpecial && tokenizer.IsSpecial(id))
        {
            return "";
        }

        ReadOnlySpan<byte> bytes = tokenizer.TokenBytes(id, first: !_begun);
        _begun = true;
        return Decode(bytes, flush: false);
    }

    /// <summary>Returns what is left, U+FFFD for an unfinished character, and makes the decoder as new.</summary>
    public string Finish()
    {
        _begun = false;
        return Decode([], flush: true);
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        // At most one unit a byte, and one or two for what was waiting.
        int most = bytes.Length + 4;
        Span<char> chars = most <= 256 ? stackalloc char[256] : new char[most];
        int count = _decoder.GetChars(bytes, chars, flush);
        return count == 0 ? "" : new string(chars[..count]);
    }
}
