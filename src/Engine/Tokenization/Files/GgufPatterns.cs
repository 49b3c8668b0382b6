using System.Globalization;
using System.Text.RegularExpressions;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Names that GGUF has for ways to cut text before byte pairs merge (<c>tokenizer.ggml.pre</c>), with the patterns of each.</summary>
/// <remarks>
/// Source of the names and, where a model's own files were not at hand, of the patterns: llama.cpp,
/// https://github.com/ggml-org/llama.cpp, src/llama-vocab.cpp at de3ff81. Each pattern cuts the pieces that the one before it left.
/// </remarks>
internal static partial class GgufPatterns
{
    // What begins with a piece that is a whole token takes that token, whatever merges say.
    private static readonly HashSet<string> WithWholeWords = new(StringComparer.Ordinal)
    {
        "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", "tekken", "minicpm5", "youtu",
        "granite-embed-multi-97m",
    };

    // Names whose pattern is walked by code of its own.
    private static readonly Dictionary<string, IWordPattern> Walked = Spread<IWordPattern>(
        (new Gpt2Pattern(digitsApart: false),
        [
            "gpt-2", "gpt2", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "mpt", "olmo", "jais", "trillion", "gigachat", "granite-docling",
            "exaone4", "a.x-4.0", "mellum", "modern-bert",
        ]),
        (new Gpt2Pattern(digitsApart: true), ["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"]),
        (new Cl100kPattern(digitsMax: 1),
            ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open", "grok-2"]),
        (new Cl100kPattern(digitsMax: 1, marksAreLetters: true), ["qwen35"]),
        (new Cl100kPattern(digitsMax: 3),
        [
            "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", "dbrx", "smaug-bpe", "glm4",
            "chatglm-bpe", "phi-4",
        ]));

    private static readonly Dictionary<string, string[]> Written = Spread<string[]>(
        // o200k, of GPT-4o.
        ([
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
                + @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2", "granite-embed-multi-97m"]),
        // Mistral-Nemo.
        ([
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{L"
                + @"o}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["tekken"]),
        // Groups of three digits from the right, then o200k.
        ([
            @"\d{1,3}(?=(?:\d{3})*\b)",
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
                + @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["tiny_aya", "cohere2moe"]),
        ([
            @"[\r\n]",
            @"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376"
                + @"\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
                + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-"
                + @"\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC"
                + @"\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-"
                + @"\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183"
                + @"\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-"
                + @"\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}"
                + @"-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+",
            @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
            @"\s+$",
            @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
            @"\p{N}+",
        ],
            ["deepseek-llm"]),
        ([
            @"[\r\n]",
            @"\s?\p{L}+",
            @"\s?\p{P}+",
            @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
            @"\p{N}",
        ],
            ["deepseek-coder"]),
        ([
            @"\p{N}{1,3}",
            @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
                + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"]),
        ([
            @"\p{N}{1,3}",
            @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)"
                + @"|\s+",
            @"\p{N}",
        ],
            ["spark2_5"]),
        ([
            @"[\uAC00-\uD7A3\u3131-\u318E]+|[\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C\u3001-\u303F\uFE30-"
                + @"\uFE4F]+|[\u3105-\u312F]+|[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]"
                + @"|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?:'[sS]|'[tT]"
                + @"|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["youtu"]),
        ([
            @"[\p{P}\$\+<=>\^~\|`]+",
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)",
            @"[0-9][0-9][0-9]",
        ],
            ["falcon"]),
        // What older files meant that name none.
        ([
            @"[\p{P}\$\+<=>\^~\|]+",
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)",
            @"\p{N}+",
            @"[0-9][0-9][0-9]",
        ],
            ["default"]),
        ([
            @" ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+",
        ],
            ["bloom", "poro-chat", "gpt3-finnish"]),
        ([
            @" ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+",
            @"\p{N}",
        ],
            ["viking"]),
        ([
            @"<sentinel:[0-9]+>",
            @"(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
            @"([\t\n]|    |  )",
            @"\p{N}",
            @"[\p{P}!-/:-@\[-`{-~]",
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)",
        ],
            ["chameleon"]),
        ([
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
                + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)"
                + @"|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}",
        ],
            ["jais-2"]),
        // As its tiktoken file writes it.
        ([
            @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s"
                + @"|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{H"
                + @"an}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["kimi-k2"]),
        ([
            @"\p{N}+",
            @"(?=(\d{3})+(?!\d))",
        ],
            ["superbpe"]),
        ([
            @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        ],
            ["bailingmoe", "bailingmoe2", "llada-moe"]),
        ([
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"
                + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["seed-coder"]),
        ([
            @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["ufakzeka"]),
        ([
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}"
                + @"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+",
        ],
            ["exaone-moe"]),
        ([
            @"\p{N}{1,3}",
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*"
                + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["minicpm5"]),
        ([
            @"[^\n]+|[\n]+",
            @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["laguna"]),
        // Groups of three digits from the right; llama.cpp cuts them by code of its own.
        ([
            @"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
            @"[\u4E00-\u9FFF\u3400-\u4DBF\u8C48-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF\u0E40-\u0E7F\u0E80-"
                + @"\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF\uAC00-\uD7AF\u1100-\u11FF]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
                + @"|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
            ["afmoe"]));

    // Of the names that stand for the same, the one that is written.
    private static readonly (string Name, string[] Stages)[] Usual =
    [
        ("gpt-2", [Gpt2Pattern.Source]), ("smollm", [@"\p{N}", Gpt2Pattern.Source]), ("qwen2", [Cl100kPattern.Qwen2]), ("stablelm2", [Cl100kPattern.Qwen2]),
        ("qwen35", [Cl100kPattern.Qwen35]), ("llama-bpe", [Cl100kPattern.Llama3]), ("dbrx", [Cl100kPattern.Llama3]),
        .. Written.Select(entry => (entry.Key, entry.Value)),
    ];

    /// <summary>All names.</summary>
    internal static IEnumerable<string> Names => Walked.Keys.Concat(Written.Keys);

    /// <summary>How text is cut; null where the name is not known.</summary>
    internal static IPreTokenizer? Find(string name) => Walked.TryGetValue(name, out IWordPattern? pattern) ? new PatternPreTokenizer(pattern)
        : Written.TryGetValue(name, out string[]? stages) ? Cut(stages) : null;

    /// <summary>Whether a piece that is a token stays whole.</summary>
    internal static bool TakesWholeWords(string name) => WithWholeWords.Contains(name);

    /// <summary>Whether text is brought to form C first.</summary>
    internal static bool Composes(string name) => name is "qwen2" or "deepseek-r1-qwen" or "qwen35";

    /// <summary>The patterns of a name, each of which cuts the pieces that the one before it left.</summary>
    internal static IReadOnlyList<string> Stages(string name) => Written.TryGetValue(name, out string[]? stages) ? stages
        : Walked[name] switch
        {
            Gpt2Pattern { DigitsApart: true } => [@"\p{N}", Gpt2Pattern.Source],
            Gpt2Pattern => [Gpt2Pattern.Source],
            Cl100kPattern walked => [walked.Source],
            var other => throw new InvalidOperationException($"{other.GetType().Name} is not written."),
        };

    /// <summary>The name of a way to cut text; null where it has none. One that differs in what it does beside the cutting is better than none.</summary>
    internal static string? NameOf(IReadOnlyList<string> stages, bool takesWholeWords, bool composes)
    {
        string[] wanted = [.. stages.Select(Plain)];
        string[] names = [.. Usual.Where(usual => usual.Stages.Select(Plain).SequenceEqual(wanted)).Select(usual => usual.Name)];
        return names.FirstOrDefault(name => TakesWholeWords(name) == takesWholeWords && Composes(name) == composes) ?? names.FirstOrDefault();
    }

    /// <summary>A pattern with its characters instead of their numbers.</summary>
    internal static string Plain(string pattern) => CharacterNumber().Replace(pattern, number => char.ConvertFromUtf32(
            int.Parse(number.Groups["code"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))
        .Replace("\r", @"\r", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])", "(?i:'s|'t|'re|'ve|'m|'ll|'d)", StringComparison.Ordinal);

    [GeneratedRegex(@"\\u(?<code>[0-9A-F]{4})|\\x\{(?<code>[0-9A-F]{1,6})\}")]
    private static partial Regex CharacterNumber();

    private static IPreTokenizer Cut(string[] stages)
    {
        IPreTokenizer[] cuts = [.. stages.Select(stage => new DelimiterPreTokenizer(RegularDelimiters.Of(stage), SplitBehavior.Isolated))];
        return cuts.Length == 1 ? cuts[0] : new SequencePreTokenizer(cuts);
    }

    private static Dictionary<string, T> Spread<T>(params ReadOnlySpan<(T Pattern, string[] Names)> groups)
    {
        var names = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach ((T pattern, string[] of) in groups)
        {
            foreach (string name in of)
            {
                names.Add(name, pattern);
            }
        }

        return names;
    }
}
