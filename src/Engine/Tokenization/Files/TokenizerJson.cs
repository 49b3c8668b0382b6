using Ratchet.Engine.Tokenization.Algorithms;
using Ratchet.Engine.Tokenization.Normalization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads <c>tokenizer.json</c>, the form of Hugging Face's tokenizers.</summary>
/// <remarks>docs/formats/tokenizers.md draws it. Parts that change the ids and are not known are refused by name.</remarks>
internal static class TokenizerJson
{
    internal const string FileName = "tokenizer.json";

    /// <summary>Reads a file.</summary>
    /// <exception cref="VocabularyException">It is damaged, or has a part that changes the ids and is not known.</exception>
    internal static TokenizerParts Read(string path) => Read(JsonPart.Read(path));

    /// <summary>Reads the file's root.</summary>
    internal static TokenizerParts Read(JsonPart root)
    {
        if (!root.IsObject)
        {
            throw root.Wrong("an object");
        }

        ITextNormalizer? normalizer = TokenizerJsonNormalizers.Read(root["normalizer"]);
        (var preTokenizer, bool isByteLevel) = TokenizerJsonPreTokenizers.Read(root["pre_tokenizer"]);
        JsonPart model = root["model"];
        try
        {
            List<(string Token, int Id)> pairs = TokenizerJsonModels.Vocabulary(model);
            List<AddedToken> added = Added(root["added_tokens"], pairs, normalizer);
            var vocabulary = new Vocabulary(Vocabulary.Arrange(pairs));
            HashSet<int> special = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];
            (SpecialTokenTemplate template, bool trims) = TokenizerJsonTemplates.Read(root["post_processor"], vocabulary);
            ITokenModel algorithm = TokenizerJsonModels.Read(model, vocabulary, isByteLevel, special);
            JsonPart padding = root["padding"];
            JsonPart truncation = root["truncation"];
            return new TokenizerParts
            {
                Vocabulary = vocabulary,
                Model = algorithm,
                Spelling = TokenizerJsonDecoders.Read(root["decoder"], vocabulary, added.Select(token => token.Id).ToHashSet()),
                Added = added,
                Normalizer = normalizer,
                PreTokenizer = preTokenizer,
                Template = template,
                TrimsOffsets = trims,
                TokensMax = truncation.IsNull ? null : truncation["max_length"].Integer(),
                CutsLeft = truncation["direction"].TextOrNull() == "Left",
                PaddingToken = PaddingToken(padding, vocabulary.Size),
                PaddedLength = PaddedLength(padding["strategy"]),
                PadsLeft = padding["direction"].TextOrNull() == "Left",
            };
        }
        catch (VocabularyException fault) when (!fault.Message.StartsWith(root.File, StringComparison.Ordinal))
        {
            throw root.Wrong(fault);
        }
    }

    private static List<AddedToken> Added(JsonPart list, List<(string Token, int Id)> pairs, ITextNormalizer? normalizer)
    {
        var added = new List<AddedToken>();
        if (list.IsNull)
        {
            return added;
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in pairs)
        {
            _ = ids.TryAdd(token, id);
        }

        foreach (JsonPart item in list.Items())
        {
            string text = item["content"].Text();
            if (text.Length == 0)
            {
                continue;
            }

            // A token that the vocabulary has keeps the vocabulary's id.
            if (!ids.TryGetValue(text, out int id))
            {
                id = item["id"].Integer();
                pairs.Add((text, id));
                ids.Add(text, id);
            }

            bool isNormalized = item["normalized"].Flag(!item["special"].Flag(false));
            added.Add(new AddedToken(id, text)
            {
                IsSpecial = item["special"].Flag(false),
                IsSingleWord = item["single_word"].Flag(false),
                StripsLeft = item["lstrip"].Flag(false),
                StripsRight = item["rstrip"].Flag(false),
                NormalizedText = !isNormalized ? null : normalizer is null ? text : Normalized(text, normalizer),
            });
        }

        return added;
    }

    private static string Normalized(string text, ITextNormalizer normalizer) =>
        normalizer.Normalize(NormalizedText.Original(text.AsMemory(), 0, tracks: false)).Chars.ToString();

    private static int? PaddingToken(JsonPart padding, int size)
    {
        int? id = padding.IsNull ? null : padding["pad_id"].IsNull ? 0 : padding["pad_id"].Integer();
        return id < 0 || id >= size ? throw padding["pad_id"].Wrong($"a token, 0 to {size - 1}") : id;
    }

    // A fixed length; rows that are as long as the longest of their batch are the batch's business.
    private static int? PaddedLength(JsonPart strategy) => strategy["Fixed"].IsNull
        ? null
        : strategy["Fixed"].Integer() is >= 0 and <= ITokenizer.TextLengthMax and int length
            ? length
            : throw strategy["Fixed"].Wrong($"a length up to {ITokenizer.TextLengthMax:N0}");
}
