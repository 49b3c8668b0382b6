using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Writes what GGUF says of a tokenizer as tokenizer.json, the form of Hugging Face's tokenizers.</summary>
internal static class TokenizerJsonWriter
{
    private const char WordMark = '▁';

    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file.</summary>
    /// <exception cref="VocabularyException">The vocabulary is of a kind that is not known, or contradicts itself.</exception>
    internal static byte[] Write(VocabularyData data)
    {
        (JsonObject model, JsonNode? normalizer, JsonNode? preTokenizer, JsonObject decoder) = data.Model switch
        {
            "gpt2" => BytePair(data),
            "llama" => SentencePieceBytePair(data),
            "t5" => Unigram(data),
            "bert" => WordPiece(data),
            _ => throw new VocabularyException($"A tokenizer of the kind '{data.Model}' is not written as tokenizer.json."),
        };
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = Added(data),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = Around(data),
            ["decoder"] = decoder,
            ["model"] = model,
        };
        return Encoding.UTF8.GetBytes(root.ToJsonString(Form));
    }

    private static (JsonObject Model, JsonNode? Normalizer, JsonNode? PreTokenizer, JsonObject Decoder) BytePair(VocabularyData data)
    {
        string pre = data.PreTokenizer ?? "";
        _ = GgufPatterns.Find(pre) ?? throw new VocabularyException($"Text is cut by the rules '{pre}', which are not known.");
        var steps = new List<JsonNode>();
        foreach (string stage in GgufPatterns.Stages(pre))
        {
            steps.Add(Step("Split", ("pattern", new JsonObject { ["Regex"] = GgufPatterns.Plain(stage) }), ("behavior", "Isolated"), ("invert", false)));
        }

        steps.Add(ByteLevel());
        JsonObject model = BytePairs(Vocabulary(data, token => token), data.Merges);
        model["ignore_merges"] = GgufPatterns.TakesWholeWords(pre);
        return (model, GgufPatterns.Composes(pre) ? Step("NFC") : null, Step("Sequence", ("pretokenizers", new JsonArray([.. steps]))), ByteLevel());
    }

    private static (JsonObject Model, JsonNode? Normalizer, JsonNode? PreTokenizer, JsonObject Decoder) SentencePieceBytePair(VocabularyData data)
    {
        JsonObject model = BytePairs(Vocabulary(data, token => token), MergesByScore(data));
        model["byte_fallback"] = true;
        model["fuse_unk"] = true;
        model["unk_token"] = data.UnknownTokenId is { } unknown ? data.Tokens[unknown] : null;
        return (model, Spacing(data, hasMap: false), null, SentencePieceDecoder(data));
    }

    private static (JsonObject Model, JsonNode? Normalizer, JsonNode? PreTokenizer, JsonObject Decoder) Unigram(VocabularyData data)
    {
        int unknown = data.UnknownTokenId ?? throw new VocabularyException("The Unigram vocabulary names no unknown token.");
        var pieces = new JsonArray();
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            pieces.Add((JsonNode)new JsonArray(data.Tokens[id], (double)data.Scores[id]));
        }

        bool hasBytes = Enumerable.Range(0, data.Tokens.Count).Any(id => TokenSpelling.TryByte(data.Tokens[id], out _));
        var model = new JsonObject { ["type"] = "Unigram", ["unk_id"] = unknown, ["vocab"] = pieces, ["byte_fallback"] = hasBytes };
        return (model, Spacing(data, !data.CharactersMap.IsEmpty), null, SentencePieceDecoder(data));
    }

    private static (JsonObject Model, JsonNode? Normalizer, JsonNode? PreTokenizer, JsonObject Decoder) WordPiece(VocabularyData data)
    {
        int unknown = data.UnknownTokenId ?? throw new VocabularyException("The WordPiece vocabulary names no unknown token.");
        var model = new JsonObject
        {
            ["type"] = "WordPiece",
            ["unk_token"] = data.Tokens[unknown],
            ["continuing_subword_prefix"] = "##",
            ["max_input_chars_per_word"] = 100,
            ["vocab"] = Vocabulary(data, token => token.StartsWith(WordMark) ? token[1..] : "##" + token),
        };
        JsonObject normalizer = Step(
            "BertNormalizer", ("clean_text", true), ("handle_chinese_chars", true), ("strip_accents", data.Lowercase), ("lowercase", data.Lowercase));
        return (model, normalizer, Step("BertPreTokenizer"), Step("WordPiece", ("prefix", "##"), ("cleanup", true)));
    }

    private static JsonObject BytePairs(JsonObject vocabulary, IReadOnlyList<string> merges)
    {
        var list = new JsonArray();
        foreach (string merge in merges)
        {
            list.Add((JsonNode)merge);
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = vocabulary,
            ["merges"] = list,
        };
    }

    // Every cut of a piece into two pieces is a merge; the piece of the highest score comes first.
    private static List<string> MergesByScore(VocabularyData data)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            if (Merges(id))
            {
                _ = ids.TryAdd(data.Tokens[id], id);
            }
        }

        var merges = new List<string>();
        foreach (int id in ids.Values.OrderByDescending(id => data.Scores[id]))
        {
            string piece = data.Tokens[id];
            merges.AddRange(
                from cut in Enumerable.Range(1, Math.Max(piece.Length - 1, 0))
                where !char.IsLowSurrogate(piece[cut])
                where ids.ContainsKey(piece[..cut]) && ids.ContainsKey(piece[cut..])
                orderby ids[piece[..cut]], ids[piece[cut..]]
                select $"{piece[..cut]} {piece[cut..]}");
        }

        return merges;

        bool Merges(int id) => Kind(data, id) is VocabularyData.NormalToken or VocabularyData.UserDefinedToken && !data.Tokens[id].Contains(' ', StringComparison.Ordinal);
    }

    private static JsonObject Vocabulary(VocabularyData data, Func<string, string> spell)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            // Ids that are only filled up stay free.
            bool isFiller = Kind(data, id) == VocabularyData.UnusedToken && data.Tokens[id] == FolderVocabulary.Filler(id);
            string token = Kind(data, id) is VocabularyData.NormalToken or VocabularyData.ByteToken or VocabularyData.UnusedToken
                ? spell(data.Tokens[id])
                : data.Tokens[id];
            if (!isFiller && !vocabulary.TryAdd(token, JsonValue.Create(id)))
            {
                throw new VocabularyException($"The vocabulary has the token '{token}' twice; each spelling stands for one id.");
            }
        }

        return vocabulary;
    }

    private static JsonArray Added(VocabularyData data)
    {
        var added = new JsonArray();
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            int kind = Kind(data, id);
            bool isSpecial = kind is VocabularyData.ControlToken or VocabularyData.UnknownToken;
            if (isSpecial || kind == VocabularyData.UserDefinedToken)
            {
                bool isNormalized = !isSpecial && data.Model is "llama" or "t5" && data.Tokens[id].Contains(WordMark, StringComparison.Ordinal);
                added.Add((JsonNode)new JsonObject
                {
                    ["id"] = id,
                    ["content"] = data.Tokens[id],
                    ["single_word"] = false,
                    ["lstrip"] = false,
                    ["rstrip"] = false,
                    ["normalized"] = !isSpecial && isNormalized,
                    ["special"] = isSpecial,
                });
            }
        }

        return added;
    }

    private static JsonObject Around(VocabularyData data)
    {
        int? begin = data.AddBegin ? data.BeginToken : null;
        int? end = data.AddEnd ? data.EndToken : null;
        if (begin is null && end is null && data.Model == "gpt2")
        {
            return ByteLevel();
        }

        var tokens = new JsonObject();
        foreach (int id in new[] { begin, end }.OfType<int>().Distinct())
        {
            string text = data.Tokens[id];
            tokens[text] = new JsonObject { ["id"] = text, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(text) };
        }

        return Step(
            "TemplateProcessing",
            ("single", new JsonArray([.. Special(begin, 0), Text("A", 0), .. Special(end, 0)])),
            ("pair", new JsonArray([.. Special(begin, 0), Text("A", 0), .. Special(end, 0), Text("B", 1), .. Special(end, 1)])),
            ("special_tokens", tokens));

        IEnumerable<JsonNode> Special(int? id, int type) => id is { } known
            ? [new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = data.Tokens[known], ["type_id"] = type } }]
            : [];

        static JsonNode Text(string name, int type) => new JsonObject { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
    }

    private static JsonObject Spacing(VocabularyData data, bool hasMap)
    {
        var steps = new List<JsonNode>();
        if (hasMap)
        {
            steps.Add(Step("Precompiled", ("precompiled_charsmap", Convert.ToBase64String(data.CharactersMap.Span))));
        }

        if (data.RemoveExtraSpaces)
        {
            steps.Add(Step("Strip", ("strip_left", true), ("strip_right", true)));
            steps.Add(Step("Replace", ("pattern", new JsonObject { ["Regex"] = " {2,}" }), ("content", " ")));
        }

        if (data.AddSpacePrefix)
        {
            steps.Add(Step("Prepend", ("prepend", "▁")));
        }

        steps.Add(Step("Replace", ("pattern", new JsonObject { ["String"] = " " }), ("content", "▁")));
        return Step("Sequence", ("normalizers", new JsonArray([.. steps])));
    }

    private static JsonObject SentencePieceDecoder(VocabularyData data)
    {
        List<JsonNode> steps =
        [
            Step("Replace", ("pattern", new JsonObject { ["String"] = "▁" }), ("content", " ")), Step("ByteFallback"), Step("Fuse"),
        ];
        if (data.AddSpacePrefix)
        {
            steps.Add(Step("Strip", ("content", " "), ("start", 1), ("stop", 0)));
        }

        return Step("Sequence", ("decoders", new JsonArray([.. steps])));
    }

    private static JsonObject ByteLevel() => Step("ByteLevel", ("add_prefix_space", false), ("trim_offsets", false), ("use_regex", false));

    private static JsonObject Step(string type, params ReadOnlySpan<(string Key, JsonNode? Value)> settings)
    {
        var step = new JsonObject { ["type"] = type };
        foreach ((string key, JsonNode? value) in settings)
        {
            step[key] = value;
        }

        return step;
    }

    private static int Kind(VocabularyData data, int id) => data.TokenTypes.Count == 0 ? VocabularyData.NormalToken : data.TokenTypes[id];
}
