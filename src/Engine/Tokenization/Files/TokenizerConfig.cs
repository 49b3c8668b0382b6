namespace Ratchet.Engine.Tokenization.Files;

/// <summary>What stands beside a tokenizer: tokenizer_config.json, special_tokens_map.json, added_tokens.json.</summary>
internal sealed record TokenizerConfig
{
    internal const string FileName = "tokenizer_config.json";

    /// <summary><c>tokenizer_class</c>.</summary>
    internal string? ClassName { get; init; }

    internal string? BeginToken { get; init; }

    internal string? EndToken { get; init; }

    internal string? PaddingToken { get; init; }

    internal string? UnknownToken { get; init; }

    /// <summary><c>add_bos_token</c>, <c>add_eos_token</c>; null where not said.</summary>
    internal bool? AddBegin { get; init; }

    internal bool? AddEnd { get; init; }

    /// <summary><c>do_lower_case</c>, <c>strip_accents</c>, <c>tokenize_chinese_chars</c>, for BERT's vocab.txt.</summary>
    internal bool Lowercases { get; init; } = true;

    internal bool? StripsAccents { get; init; }

    internal bool SplitsChinese { get; init; } = true;

    /// <summary><c>add_prefix_space</c>.</summary>
    internal bool AddsPrefixSpace { get; init; }

    /// <summary><c>chat_template</c>: the one to use, or null.</summary>
    internal string? ChatTemplate { get; init; }

    /// <summary>Added tokens of <c>added_tokens_decoder</c> or added_tokens.json.</summary>
    internal IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Tokens that are special whatever else is said of them.</summary>
    internal IReadOnlySet<string> Special { get; init; } = new HashSet<string>();

    /// <summary>Reads what there is of the files of a folder.</summary>
    /// <exception cref="VocabularyException">A file is damaged.</exception>
    internal static TokenizerConfig Read(string folder)
    {
        JsonPart config = Part(folder, FileName);
        JsonPart map = Part(folder, "special_tokens_map.json");
        string? begin = Token(config["bos_token"]) ?? Token(map["bos_token"]);
        string? end = Token(config["eos_token"]) ?? Token(map["eos_token"]);
        string? padding = Token(config["pad_token"]) ?? Token(map["pad_token"]);
        string? unknown = Token(config["unk_token"]) ?? Token(map["unk_token"]);
        HashSet<string> special = [.. SpecialTokens(config), .. SpecialTokens(map)];
        return new TokenizerConfig
        {
            ClassName = config["tokenizer_class"].TextOrNull(),
            BeginToken = begin,
            EndToken = end,
            PaddingToken = padding,
            UnknownToken = unknown,
            AddBegin = Optional(config["add_bos_token"]),
            AddEnd = Optional(config["add_eos_token"]),
            Lowercases = config["do_lower_case"].Flag(true),
            StripsAccents = Optional(config["strip_accents"]),
            SplitsChinese = config["tokenize_chinese_chars"].Flag(true),
            AddsPrefixSpace = config["add_prefix_space"].Flag(false),
            ChatTemplate = Template(config["chat_template"]),
            Added = [.. AddedTokens(config["added_tokens_decoder"]), .. OlderAddedTokens(Part(folder, "added_tokens.json"))],
            Special = special,
        };
    }

    private static JsonPart Part(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonPart.Read(path) : default;
    }

    private static bool? Optional(JsonPart part) => part.IsNull ? null : part.Flag(false);

    // A token is its spelling, or an object with that and its switches.
    private static string? Token(JsonPart part) => part.IsObject ? part["content"].TextOrNull() : part.IsText ? part.Text() : null;

    private static IEnumerable<string> SpecialTokens(JsonPart part)
    {
        foreach (string key in (string[])["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"])
        {
            if (Token(part[key]) is { } token)
            {
                yield return token;
            }
        }

        if (part["additional_special_tokens"].IsArray)
        {
            foreach (JsonPart item in part["additional_special_tokens"].Items())
            {
                if (Token(item) is { } token)
                {
                    yield return token;
                }
            }
        }
    }

    // Several templates have names; "default" is the one for talking.
    private static string? Template(JsonPart part)
    {
        if (!part.IsArray)
        {
            return part.TextOrNull();
        }

        JsonPart[] all = [.. part.Items()];
        JsonPart chosen = all.FirstOrDefault(item => item["name"].TextOrNull() == "default", all.FirstOrDefault());
        return chosen.IsObject ? chosen["template"].TextOrNull() : null;
    }

    private static IEnumerable<AddedToken> AddedTokens(JsonPart part)
    {
        if (part.IsNull)
        {
            yield break;
        }

        foreach ((string id, JsonPart token) in part.Entries())
        {
            string text = token["content"].Text();
            bool isSpecial = token["special"].Flag(false);
            yield return new AddedToken(int.TryParse(id, out int number) ? number : throw token.Wrong("an id as name"), text)
            {
                IsSpecial = isSpecial,
                IsSingleWord = token["single_word"].Flag(false),
                StripsLeft = token["lstrip"].Flag(false),
                StripsRight = token["rstrip"].Flag(false),
                NormalizedText = token["normalized"].Flag(!isSpecial) ? text : null,
            };
        }
    }

    private static IEnumerable<AddedToken> OlderAddedTokens(JsonPart part)
    {
        if (part.IsNull)
        {
            yield break;
        }

        foreach ((string text, JsonPart id) in part.Entries())
        {
            yield return new AddedToken(id.Integer(), text) { NormalizedText = text };
        }
    }
}
