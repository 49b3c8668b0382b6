using Ratchet.Engine.Tokenization.Algorithms;
using Ratchet.Engine.Tokenization.Normalization;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Turns what GGUF's <c>tokenizer.ggml.*</c> keys say into the parts of a tokenizer.</summary>
/// <remarks>Source of the names and what they mean: llama.cpp, https://github.com/ggml-org/llama.cpp, src/llama-vocab.cpp.</remarks>
internal static class GgufVocabulary
{
    private const char WordMark = '▁';

    internal static TokenizerParts Parts(VocabularyData data) => data.Model switch
    {
        "gpt2" => BytePair(data),
        "bert" => WordPiece(data),
        "llama" => SentencePieceBytePair(data),
        "t5" => Unigram(data),
        _ => throw new VocabularyException(
            $"The tokenizer is of the kind '{data.Model}'; known are 'gpt2' (byte-level BPE), 'bert' (WordPiece), "
            + "'llama' (SentencePiece BPE) and 't5' (Unigram)."),
    };

    private static TokenizerParts BytePair(VocabularyData data)
    {
        string name = data.PreTokenizer ?? "";
        IPreTokenizer cut = GgufPatterns.Find(name) ?? throw new VocabularyException(
            $"Text is cut by the rules '{name}' before it is merged; known are {string.Join(", ", GgufPatterns.Names.Select(known => $"'{known}'"))}.");
        var vocabulary = new Vocabulary([.. data.Tokens]);
        var merges = BytePairMerges.Of(BytePairMerges.Parse(data.Merges), vocabulary);
        return Common(
            data, vocabulary,
            new BytePairModel(vocabulary, merges, new() { IsByteLevel = true, IgnoresMerges = GgufPatterns.TakesWholeWords(name) }),
            TokenSpelling.ByteLevel(vocabulary, Plain(data))) with
        {
            Normalizer = GgufPatterns.Composes(name) ? UnicodeForm.Composed : null,
            PreTokenizer = cut,
        };
    }

    private static TokenizerParts WordPiece(VocabularyData data)
    {
        int unknown = data.UnknownTokenId ?? throw new VocabularyException(
            "The WordPiece vocabulary names no unknown token. It needs tokenizer.ggml.unknown_token_id.");
        var vocabulary = new Vocabulary([.. data.Tokens]);
        HashSet<int> plain = Plain(data);
        var words = new Dictionary<string, int>(vocabulary.Size, StringComparer.Ordinal);
        var continuations = new Dictionary<string, int>(vocabulary.Size, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (!plain.Contains(id))
            {
                // A piece that begins a word carries U+2581, a continuation carries nothing.
                string token = data.Tokens[id];
                bool isWord = token.StartsWith(WordMark);
                _ = (isWord ? words : continuations).TryAdd(isWord ? token[1..] : token, id);
            }
        }

        return Common(
            data, vocabulary,
            new WordPieceModel(words, continuations, unknown),
            TokenSpelling.WordPiece(
                vocabulary,
                (id, token) => plain.Contains(id) ? (false, token) : token.StartsWith(WordMark) ? (false, token[1..]) : (true, token))) with
        {
            Normalizer = new BertNormalizer { StripsAccents = data.Lowercase, Lowercases = data.Lowercase },
            PreTokenizer = new BertPreTokenizer(),
        };
    }

    private static TokenizerParts SentencePieceBytePair(VocabularyData data)
    {
        var vocabulary = new Vocabulary([.. data.Tokens]);
        RequireScores(data);
        var letters = new Dictionary<string, int>(StringComparer.Ordinal);
        var merges = BytePairMerges.OfScores(
            vocabulary, data.Scores, id => Kind(data, id) is VocabularyData.NormalToken or VocabularyData.UserDefinedToken, letters);
        return Common(
            data, vocabulary,
            new BytePairModel(
                vocabulary, merges,
                new() { FallsBackToBytes = true, UnknownToken = data.UnknownTokenId, FusesUnknown = true }, letters),
            TokenSpelling.SentencePiece(vocabulary, Plain(data), data.AddSpacePrefix)) with
        {
            Normalizer = new SentencePieceSpacing(data.AddSpacePrefix, data.RemoveExtraSpaces),
        };
    }

    private static TokenizerParts Unigram(VocabularyData data)
    {
        int unknown = data.UnknownTokenId ?? throw new VocabularyException(
            "The Unigram vocabulary names no unknown token. It needs tokenizer.ggml.unknown_token_id.");
        var vocabulary = new Vocabulary([.. data.Tokens]);
        RequireScores(data);
        ITextNormalizer spacing = new SentencePieceSpacing(data.AddSpacePrefix, data.RemoveExtraSpaces);
        return Common(
            data, vocabulary,
            new UnigramModel(
                vocabulary, [.. data.Scores],
                id => Kind(data, id) is VocabularyData.NormalToken or VocabularyData.UserDefinedToken, unknown, fallsBackToBytes: true),
            TokenSpelling.SentencePiece(vocabulary, Plain(data), data.AddSpacePrefix)) with
        {
            Normalizer = data.CharactersMap.IsEmpty
                ? spacing
                : new SequenceNormalizer([new PrecompiledNormalizer(new CharactersMap(data.CharactersMap.Span)), spacing]),
        };
    }

    private static TokenizerParts Common(VocabularyData data, Vocabulary vocabulary, ITokenModel model, TokenSpelling spelling) => new()
    {
        Vocabulary = vocabulary,
        Model = model,
        Spelling = spelling,
        Added = Added(data),
        Template = SpecialTokenTemplate.Around(
            data.AddBegin ? data.BeginToken : null, data.AddEnd ? data.EndToken : null),
        BeginToken = data.BeginToken,
        EndToken = data.EndToken,
        PaddingToken = data.PaddingToken,
    };

    private static List<AddedToken> Added(VocabularyData data)
    {
        var added = new List<AddedToken>();
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            int kind = Kind(data, id);
            bool isSpecial = kind is VocabularyData.ControlToken or VocabularyData.UnknownToken;
            if (isSpecial || kind == VocabularyData.UserDefinedToken)
            {
                // A token that holds SentencePiece's mark for a space is found where spaces have become marks.
                added.Add(new(id, data.Tokens[id])
                {
                    IsSpecial = isSpecial,
                    NormalizedText = !isSpecial && data.Model is "llama" or "t5" && data.Tokens[id].Contains(WordMark, StringComparison.Ordinal)
                        ? data.Tokens[id]
                        : null,
                });
            }
        }

        return added;
    }

    private static HashSet<int> Plain(VocabularyData data)
    {
        var plain = new HashSet<int>();
        for (int id = 0; id < data.TokenTypes.Count; id++)
        {
            if (data.TokenTypes[id] is VocabularyData.ControlToken or VocabularyData.UnknownToken or VocabularyData.UserDefinedToken)
            {
                _ = plain.Add(id);
            }
        }

        return plain;
    }

    private static int Kind(VocabularyData data, int id) =>
        data.TokenTypes.Count == 0 ? VocabularyData.NormalToken : data.TokenTypes[id];

    private static void RequireScores(VocabularyData data)
    {
        if (data.Scores.Count != data.Tokens.Count)
        {
            throw new VocabularyException(
                $"The vocabulary has {data.Tokens.Count} tokens but {data.Scores.Count} scores; it needs tokenizer.ggml.scores, one for each.");
        }
    }
}
