using Ratchet.Engine.Tokenization.Algorithms;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the model of a tokenizer.json: its vocabulary and its algorithm.</summary>
internal static class TokenizerJsonModels
{
    private const string Known = "BPE, WordPiece, Unigram and WordLevel";

    /// <summary>Tokens and ids of the model, without the added ones.</summary>
    internal static List<(string Token, int Id)> Vocabulary(JsonPart model)
    {
        JsonPart vocabulary = model["vocab"];
        if (vocabulary.Count > Tokenization.Vocabulary.TokensMax)
        {
            throw new VocabularyException(
                $"{vocabulary.File}: {vocabulary.Where} has {vocabulary.Count:N0} tokens; at most {Tokenization.Vocabulary.TokensMax:N0} are read.");
        }

        var pairs = new List<(string, int)>(vocabulary.Count);
        if (vocabulary.IsArray)
        {
            foreach (JsonPart piece in vocabulary.Items())
            {
                pairs.Add(((piece.Count == 2 ? piece.Items().First() : piece).Text(), pairs.Count));
            }
        }
        else
        {
            foreach ((string token, JsonPart id) in vocabulary.Entries())
            {
                pairs.Add((token, id.Integer()));
            }
        }

        return pairs;
    }

    /// <summary>The algorithm.</summary>
    /// <param name="model">The part of the file.</param>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="isByteLevel">Whether text comes as bytes.</param>
    /// <param name="special">Tokens that no text may be cut into.</param>
    internal static ITokenModel Read(JsonPart model, Vocabulary vocabulary, bool isByteLevel, IReadOnlySet<int> special)
    {
        string type = model["type"].TextOrNull() ?? TypeByKeys(model);
        return isByteLevel && type != "BPE"
            ? throw model["type"].Unknown("BPE after a ByteLevel pre-tokenizer")
            : type switch
            {
                "BPE" => BytePair(model, vocabulary, isByteLevel),
                "WordPiece" => WordPiece(model, vocabulary),
                "Unigram" => Unigram(model, vocabulary, special),
                "WordLevel" => new WordModel(vocabulary, Required(model.Knowing("vocab", "unk_token")["unk_token"], vocabulary)),
                _ => throw model["type"].Unknown(Known),
            };
    }

    private static string TypeByKeys(JsonPart model) => !model["merges"].IsNull ? "BPE"
        : model["vocab"].IsArray ? "Unigram"
        : !model["max_input_chars_per_word"].IsNull ? "WordPiece"
        : throw model["type"].Wrong(Known);

    private static BytePairModel BytePair(JsonPart model, Vocabulary vocabulary, bool isByteLevel)
    {
        _ = model.Knowing(
            "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges",
            "vocab", "merges");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model[affix].TextOrNull() is { Length: > 0 })
            {
                throw model[affix].Unknown("none");
            }
        }

        if (!model["dropout"].IsNull && model["dropout"].Number() != 0)
        {
            throw model["dropout"].Unknown("none");
        }

        var merges = new List<(string, string)>(model["merges"].Count);
        foreach (JsonPart merge in model["merges"].Items())
        {
            if (merge.IsText)
            {
                merges.AddRange(BytePairMerges.Parse([merge.Text()], merges.Count));
            }
            else
            {
                string[] halves = [.. merge.Items().Select(half => half.Text())];
                merges.Add(halves is [var left, var right] ? (left, right) : throw merge.Wrong("two spellings"));
            }
        }

        return new BytePairModel(
            vocabulary, BytePairMerges.Of(merges, vocabulary), new()
            {
                IsByteLevel = isByteLevel,
                IgnoresMerges = model["ignore_merges"].Flag(false),
                FallsBackToBytes = model["byte_fallback"].Flag(false),
                FusesUnknown = model["fuse_unk"].Flag(false),
                UnknownToken = model["unk_token"].IsNull ? null : Required(model["unk_token"], vocabulary),
            });
    }

    private static WordPieceModel WordPiece(JsonPart model, Vocabulary vocabulary)
    {
        _ = model.Knowing("unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        int longest = model["max_input_chars_per_word"].IsNull ? 100 : model["max_input_chars_per_word"].Integer();
        string prefix = model["continuing_subword_prefix"].TextOrNull() ?? "##";
        return WordPiece(vocabulary, prefix, Required(model["unk_token"], vocabulary), longest);
    }

    /// <summary>WordPiece with continuations that begin with <paramref name="prefix"/>.</summary>
    internal static WordPieceModel WordPiece(Vocabulary vocabulary, string prefix, int unknown, int wordLengthMax)
    {
        var words = new Dictionary<string, int>(vocabulary.Size, StringComparer.Ordinal);
        var continuations = new Dictionary<string, int>(vocabulary.Size, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Size; id++)
        {
            // A spelling with the prefix can begin a word too, where the text has it.
            if (vocabulary[id] is { } token)
            {
                _ = words.TryAdd(token, id);
                if (token.StartsWith(prefix, StringComparison.Ordinal))
                {
                    _ = continuations.TryAdd(token[prefix.Length..], id);
                }
            }
        }

        return new WordPieceModel(words, continuations, unknown, wordLengthMax);
    }

    private static UnigramModel Unigram(JsonPart model, Vocabulary vocabulary, IReadOnlySet<int> special)
    {
        _ = model.Knowing("unk_id", "vocab", "byte_fallback");
        int unknown = model["unk_id"].Integer();
        if (unknown < 0 || unknown >= vocabulary.Size)
        {
            throw model["unk_id"].Wrong($"a token, 0 to {vocabulary.Size - 1}");
        }

        // Added tokens that are no pieces have no score.
        float[] scores = new float[vocabulary.Size];
        int count = 0;
        foreach (JsonPart piece in model["vocab"].Items())
        {
            scores[count++] = (float)(piece.Count == 2 ? piece.Items().Last() : throw piece.Wrong("a piece and its score")).Number();
        }

        // The spelling of a control token in a text is text: Hugging Face's tokenizers make the token of it, SentencePiece does not.
        bool fallsBack = model["byte_fallback"].Flag(false);
        return new UnigramModel(
            vocabulary, scores,
            id => id < count && id != unknown && !special.Contains(id) && !(fallsBack && TokenSpelling.TryByte(vocabulary[id]!, out _)),
            unknown, fallsBack);
    }

    private static int Required(JsonPart token, Vocabulary vocabulary) =>
        vocabulary.Find(token.Text()) is >= 0 and int id ? id : throw token.Wrong("a token of the vocabulary");
}
