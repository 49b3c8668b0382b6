using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the pre-tokenizer of a tokenizer.json.</summary>
internal static class TokenizerJsonPreTokenizers
{
    private const string Known =
        "Sequence, ByteLevel, Split, Digits, Metaspace, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation and CharDelimiterSplit";

    // Patterns that leave nothing out, as public models' files write them, and that have code of their own.
    private static readonly Dictionary<string, IWordPattern> Patterns = new(StringComparer.Ordinal)
    {
        [Gpt2Pattern.Source] = new Gpt2Pattern(digitsApart: false),
        [Cl100kPattern.Llama3] = new Cl100kPattern(digitsMax: 3),
        [Cl100kPattern.Qwen2] = new Cl100kPattern(digitsMax: 1),
        [Cl100kPattern.Qwen35] = new Cl100kPattern(digitsMax: 1, marksAreLetters: true),
    };

    /// <summary>The pre-tokenizer, null where there is none, and whether the algorithm works on bytes.</summary>
    internal static (IPreTokenizer? PreTokenizer, bool IsByteLevel) Read(JsonPart part)
    {
        if (part.IsNull)
        {
            return (null, false);
        }

        var stages = new List<IPreTokenizer>();
        bool isByteLevel = false;
        Add(part, stages, ref isByteLevel);
        return (stages.Count == 0 ? null : stages.Count == 1 ? stages[0] : new SequencePreTokenizer(stages), isByteLevel);
    }

    private static void Add(JsonPart part, List<IPreTokenizer> stages, ref bool isByteLevel)
    {
        string type = part["type"].Text();
        switch (type)
        {
            case "Sequence":
                foreach (JsonPart stage in part.Knowing("pretokenizers")["pretokenizers"].Items())
                {
                    Add(stage, stages, ref isByteLevel);
                }

                break;
            case "ByteLevel":
                isByteLevel = true;
                if (part.Knowing("add_prefix_space", "trim_offsets", "use_regex")["add_prefix_space"].Flag(true))
                {
                    stages.Add(new PrefixSpacePreTokenizer());
                }

                if (part["use_regex"].Flag(true))
                {
                    stages.Add(new PatternPreTokenizer(Patterns[Gpt2Pattern.Source]));
                }

                break;
            default:
                stages.Add(isByteLevel
                    ? throw part["type"].Unknown("steps before ByteLevel, not after it")
                    : One(type, part));
                break;
        }
    }

    private static IPreTokenizer One(string type, JsonPart part) => type switch
    {
        "Split" => Split(part.Knowing("pattern", "behavior", "invert")),
        "Digits" => new DelimiterPreTokenizer(
            CharacterDelimiter.Number,
            part.Knowing("individual_digits")["individual_digits"].Flag(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "Metaspace" => Metaspace(part.Knowing("replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep")),
        "BertPreTokenizer" => new BertPreTokenizer(),
        "Whitespace" => new DelimiterPreTokenizer(new WordDelimiter(), SplitBehavior.Removed, isInverted: true),
        "WhitespaceSplit" => new DelimiterPreTokenizer(CharacterDelimiter.WhiteSpace, SplitBehavior.Removed),
        "Punctuation" => new DelimiterPreTokenizer(CharacterDelimiter.Punctuation, Behavior(part.Knowing("behavior")["behavior"])),
        "CharDelimiterSplit" => new DelimiterPreTokenizer(new TextDelimiter(part.Knowing("delimiter")["delimiter"].Text()), SplitBehavior.Removed),
        _ => throw part["type"].Unknown(Known),
    };

    private static IPreTokenizer Split(JsonPart part)
    {
        SplitBehavior behavior = Behavior(part["behavior"]);
        bool isInverted = part["invert"].Flag(false);
        JsonPart regex = part["pattern"]["Regex"];
        if (!regex.IsNull && (behavior, isInverted) is (SplitBehavior.Isolated, _) or (SplitBehavior.Removed, true)
            && Patterns.TryGetValue(regex.Text(), out IWordPattern? pattern))
        {
            // The matches are the pieces, and nothing lies between them: isolated, or removed with the rest kept.
            return new PatternPreTokenizer(pattern);
        }

        return new DelimiterPreTokenizer(TokenizerJsonNormalizers.Delimiter(part["pattern"]), behavior, isInverted);
    }

    private static MetaspacePreTokenizer Metaspace(JsonPart part)
    {
        string mark = part["replacement"].TextOrNull() ?? "▁";
        if (mark.Length != 1)
        {
            throw part["replacement"].Wrong("one character");
        }

        MetaspacePrefix prefix = part["prepend_scheme"].TextOrNull() switch
        {
            null => part["add_prefix_space"].Flag(true) ? MetaspacePrefix.Always : MetaspacePrefix.Never,
            "always" => MetaspacePrefix.Always,
            "first" => MetaspacePrefix.First,
            "never" => MetaspacePrefix.Never,
            _ => throw part["prepend_scheme"].Unknown("\"always\", \"first\" and \"never\""),
        };
        return new MetaspacePreTokenizer(mark[0], prefix, part["split"].Flag(true));
    }

    private static SplitBehavior Behavior(JsonPart part) => part.TextOrNull() switch
    {
        "Removed" => SplitBehavior.Removed,
        null or "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw part.Unknown("\"Removed\", \"Isolated\", \"MergedWithPrevious\", \"MergedWithNext\" and \"Contiguous\""),
    };
}
