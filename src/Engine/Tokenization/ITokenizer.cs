namespace Ratchet.Engine.Tokenization;

/// <summary>Turns text into token ids and back. Implementations may be used by several threads at once.</summary>
public interface ITokenizer
{
    /// <summary>Longest text that is taken, in UTF-16 units: 16 Mi.</summary>
    const int TextLengthMax = 1 << 24;

    /// <summary>Ids run from 0 to this, exclusive.</summary>
    int VocabularySize { get; }

    /// <summary>Id that begins a text, where the model has one.</summary>
    int? BeginToken { get; }

    /// <summary>Id that ends a text or a turn, where the model has one.</summary>
    int? EndToken { get; }

    /// <summary>Id that fills up rows, where the model has one. Often the same as <see cref="EndToken"/>.</summary>
    int? PaddingToken { get; }

    /// <summary>Turns text into ids.</summary>
    /// <param name="text">Any text; halves of surrogate pairs count as U+FFFD.</param>
    /// <param name="parseSpecial">
    /// Whether the spelling of a special token becomes that token. False for what people wrote, so that nobody can type
    /// a turn of their own; true for what a chat template wrote.
    /// </param>
    /// <param name="addSpecial">Whether the model's begin and end tokens are put around the text.</param>
    /// <exception cref="ArgumentException">The text is longer than <see cref="TextLengthMax"/>.</exception>
    int[] Encode(string text, bool parseSpecial = false, bool addSpecial = false);

    /// <summary>As <see cref="Encode"/>, with the text that each token covers. Added special tokens cover nothing.</summary>
    TokenSpan[] EncodeWithOffsets(string text, bool parseSpecial = false, bool addSpecial = false);

    /// <summary>Turns ids into text; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecial">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false);

    /// <summary>The UTF-8 bytes that a token adds to a text; may be a part of a character.</summary>
    /// <param name="id">Token id.</param>
    /// <param name="first">Whether the token begins the text; WordPiece puts no space before the first word.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    ReadOnlySpan<byte> TokenBytes(int id, bool first = false);

    /// <summary>Whether a token steers the model and is no text.</summary>
    bool IsSpecial(int id);

    /// <summary>A token's bytes as text, U+FFFD where they are a part of a character.</summary>
    string TokenText(int id);

    /// <summary>The id of the token with this spelling in the vocabulary, for example <c>&lt;|im_end|&gt;</c>.</summary>
    int? IdOf(string token);

    /// <summary>Finds the next spelling of a special token.</summary>
    /// <param name="text">Where to look.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Its UTF-16 units.</param>
    /// <param name="id">The token.</param>
    /// <returns>False where there is none.</returns>
    bool TryFindSpecial(ReadOnlySpan<char> text, out int start, out int length, out int id);
}
