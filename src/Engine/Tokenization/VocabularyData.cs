namespace Ratchet.Engine.Tokenization;

/// <summary>What a model file says about its tokenizer, in the words of GGUF's <c>tokenizer.ggml.*</c> keys.</summary>
public sealed record VocabularyData
{
    /// <summary>Kind of a token that is text like any other.</summary>
    public const int NormalToken = 1;

    /// <summary>Kind of a token that stands for what the vocabulary cannot spell.</summary>
    public const int UnknownToken = 2;

    /// <summary>Kind of a special token: it steers the model and is never ordinary text.</summary>
    public const int ControlToken = 3;

    /// <summary>Kind of an added token that is matched in any text.</summary>
    public const int UserDefinedToken = 4;

    /// <summary>Kind of a token that is never used.</summary>
    public const int UnusedToken = 5;

    /// <summary>Kind of a token that stands for one byte, spelt <c>&lt;0xE4&gt;</c>.</summary>
    public const int ByteToken = 6;

    /// <summary>
    /// Algorithm (<c>model</c>): <c>gpt2</c> is byte-level BPE, <c>bert</c> is WordPiece, <c>llama</c> is SentencePiece BPE,
    /// <c>t5</c> is Unigram.
    /// </summary>
    public required string Model { get; init; }

    /// <summary>How text is cut before merging (<c>pre</c>): <c>smollm</c>, <c>gpt-2</c>, <c>qwen2</c> ... For byte-level BPE only.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary>Spelling of each token; its place is its id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Kind of each token; empty where all are normal.</summary>
    public IReadOnlyList<int> TokenTypes { get; init; } = [];

    /// <summary>Score of each token (<c>scores</c>), for <c>llama</c> and <c>t5</c>.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>Pairs of spellings that merge, best first, a space between the two. For byte-level BPE only.</summary>
    public IReadOnlyList<string> Merges { get; init; } = [];

    /// <summary>Id that begins a text (<c>bos_token_id</c>; <c>[CLS]</c>).</summary>
    public int? BeginToken { get; init; }

    /// <summary>Id that ends a text or a turn (<c>eos_token_id</c>; <c>[SEP]</c>).</summary>
    public int? EndToken { get; init; }

    /// <summary>Id of what cannot be spelt (<c>unknown_token_id</c>).</summary>
    public int? UnknownTokenId { get; init; }

    /// <summary>Id that fills up rows (<c>padding_token_id</c>); may be the same as <see cref="EndToken"/>.</summary>
    public int? PaddingToken { get; init; }

    /// <summary>Whether a text begins with <see cref="BeginToken"/> where special tokens are added.</summary>
    public bool AddBegin { get; init; }

    /// <summary>Whether a text ends with <see cref="EndToken"/> where special tokens are added.</summary>
    public bool AddEnd { get; init; }

    /// <summary>WordPiece: text is lowercased and accents are dropped (<c>normalizer.lowercase</c>).</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>SentencePiece: each text begins with a space of its own (<c>add_space_prefix</c>).</summary>
    public bool AddSpacePrefix { get; init; } = true;

    /// <summary>SentencePiece: several spaces are one (<c>remove_extra_whitespaces</c>).</summary>
    public bool RemoveExtraSpaces { get; init; }

    /// <summary>SentencePiece's compiled table of what becomes what (<c>precompiled_charsmap</c>).</summary>
    public ReadOnlyMemory<byte> CharactersMap { get; init; }
}
