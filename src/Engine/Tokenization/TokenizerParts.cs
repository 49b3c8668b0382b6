using Ratchet.Engine.Tokenization.Algorithms;
using Ratchet.Engine.Tokenization.Normalization;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization;

/// <summary>What a tokenizer is made of, whichever files it was read from.</summary>
internal sealed record TokenizerParts
{
    /// <summary>All tokens, the added ones included.</summary>
    internal required Vocabulary Vocabulary { get; init; }

    /// <summary>Pieces of text to ids.</summary>
    internal required ITokenModel Model { get; init; }

    /// <summary>Ids to bytes.</summary>
    internal required TokenSpelling Spelling { get; init; }

    /// <summary>Tokens that are found before the algorithm cuts.</summary>
    internal IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>What happens to text first; null where nothing does.</summary>
    internal ITextNormalizer? Normalizer { get; init; }

    /// <summary>How text is cut into pieces; null where it is one piece.</summary>
    internal IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>What is put around texts.</summary>
    internal SpecialTokenTemplate Template { get; init; } = SpecialTokenTemplate.None;

    /// <summary>Whether white space at the ends of a token is not part of what it covers.</summary>
    internal bool TrimsOffsets { get; init; }

    internal int? BeginToken { get; init; }

    internal int? EndToken { get; init; }

    internal int? PaddingToken { get; init; }

    /// <summary>Most tokens of a text as the files ask for; null where they do not.</summary>
    internal int? TokensMax { get; init; }

    /// <summary>Length to which rows are filled up as the files ask for; null where they do not.</summary>
    internal int? PaddedLength { get; init; }

    /// <summary>Whether rows are filled up at their beginning.</summary>
    internal bool PadsLeft { get; init; }

    /// <summary>Whether texts that are too long lose their beginning.</summary>
    internal bool CutsLeft { get; init; }
}
