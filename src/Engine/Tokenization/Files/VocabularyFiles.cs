using Ratchet.Engine.Tokenization.Algorithms;
using Ratchet.Engine.Tokenization.Normalization;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the older files of a vocabulary: vocab.json with merges.txt, and vocab.txt.</summary>
internal static class VocabularyFiles
{
    private const long TextBytesMax = 64 << 20;

    /// <summary>Byte-level BPE of vocab.json and merges.txt; <c>tokenizer_class</c> says how text is cut.</summary>
    /// <exception cref="VocabularyException">A file is damaged, or the class is not known.</exception>
    internal static TokenizerParts ReadBytePair(string folder, TokenizerConfig config)
    {
        (IWordPattern pattern, ITextNormalizer? normalizer) = config.ClassName switch
        {
            null or "GPT2Tokenizer" or "GPT2TokenizerFast" or "CodeGenTokenizer" or "CodeGenTokenizerFast" or "RobertaTokenizer"
                or "RobertaTokenizerFast" => ((IWordPattern)new Gpt2Pattern(digitsApart: false), (ITextNormalizer?)null),
            "Qwen2Tokenizer" or "Qwen2TokenizerFast" => (new Cl100kPattern(digitsMax: 1), UnicodeForm.Composed),
            _ => throw new VocabularyException(
                $"{Path.Combine(folder, TokenizerConfig.FileName)}: tokenizer_class is '{config.ClassName}', whose way to cut text is not known "
                + "from vocab.json and merges.txt alone. Known are GPT2Tokenizer, CodeGenTokenizer, RobertaTokenizer and Qwen2Tokenizer. "
                + "Add tokenizer.json to the folder."),
        };
        var file = JsonPart.Read(Path.Combine(folder, "vocab.json"));
        List<(string Token, int Id)> pairs = [.. file.Entries().Select(entry => (entry.Key, entry.Value.Integer()))];
        List<AddedToken> added = Added(pairs, config, normalizer, ["<|endoftext|>"]);
        var vocabulary = new Vocabulary(Vocabulary.Arrange(pairs));
        string[] lines = MergesOf(folder) ?? [];
        IPreTokenizer cut = new PatternPreTokenizer(pattern);
        var model = new BytePairModel(vocabulary, BytePairMerges.Of(BytePairMerges.Parse(lines), vocabulary), new() { IsByteLevel = true });
        return Common(config, vocabulary, added, model, TokenSpelling.ByteLevel(vocabulary, added.Select(token => token.Id).ToHashSet())) with
        {
            Normalizer = normalizer,
            PreTokenizer = config.AddsPrefixSpace ? new SequencePreTokenizer([new PrefixSpacePreTokenizer(), cut]) : cut,
        };
    }

    /// <summary>Lines of merges.txt; null where there is no such file.</summary>
    internal static string[]? MergesOf(string folder)
    {
        string path = Path.Combine(folder, "merges.txt");
        string[] lines = File.Exists(path) ? [.. Lines(path).Where(line => line.Length > 0)] : [];
        return lines.Length == 0 ? null : lines[0].StartsWith("#version", StringComparison.Ordinal) ? lines[1..] : lines;
    }

    /// <summary>Whether text is cut and composed as Qwen2 does.</summary>
    internal static bool IsQwen(TokenizerConfig config) => config.ClassName is "Qwen2Tokenizer" or "Qwen2TokenizerFast";

    /// <summary>WordPiece of vocab.txt, a token a line.</summary>
    /// <exception cref="VocabularyException">The file is damaged, or lacks BERT's special tokens.</exception>
    internal static TokenizerParts ReadWordPiece(string folder, TokenizerConfig config)
    {
        string path = Path.Combine(folder, "vocab.txt");
        List<(string Token, int Id)> pairs = [.. Lines(path).Select((line, id) => (line, id)).Where(pair => pair.line.Length > 0)];
        List<AddedToken> added = Added(pairs, config, normalizer: null, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
        var vocabulary = new Vocabulary(Vocabulary.Arrange(pairs));
        int unknown = Required(config.UnknownToken ?? "[UNK]");
        int begin = Required("[CLS]");
        int end = Required("[SEP]");
        WordPieceModel model = TokenizerJsonModels.WordPiece(vocabulary, "##", unknown, wordLengthMax: 100);
        var spelling = TokenSpelling.WordPiece(
            vocabulary, (_, token) => token.StartsWith("##", StringComparison.Ordinal) ? (true, token[2..]) : (false, token));
        return Common(config, vocabulary, added, model, spelling) with
        {
            Normalizer = new BertNormalizer
            {
                Lowercases = config.Lowercases,
                StripsAccents = config.StripsAccents ?? config.Lowercases,
                SplitsChinese = config.SplitsChinese,
            },
            PreTokenizer = new BertPreTokenizer(),
            Template = SpecialTokenTemplate.Around(begin, end),
            BeginToken = begin,
            EndToken = end,
        };

        int Required(string token) => vocabulary.Find(token) is >= 0 and int id
            ? id
            : throw new VocabularyException($"{path}: there is no token '{token}', which BERT's vocabulary needs. Fetch the file again.");
    }

    /// <summary>Added tokens of the files beside a vocabulary, and those that its family always has.</summary>
    internal static List<AddedToken> Added(
        List<(string Token, int Id)> pairs, TokenizerConfig config, ITextNormalizer? normalizer, IReadOnlyList<string> always)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in pairs)
        {
            _ = ids.TryAdd(token, id);
        }

        var added = new List<AddedToken>();
        foreach (AddedToken token in config.Added.Where(token => token.Text.Length > 0).OrderBy(token => token.Id))
        {
            if (ids.TryAdd(token.Text, token.Id))
            {
                pairs.Add((token.Text, token.Id));
            }

            bool isSpecial = token.IsSpecial || config.Special.Contains(token.Text);
            added.Add(new(ids[token.Text], token.Text)
            {
                IsSpecial = isSpecial,
                IsSingleWord = token.IsSingleWord,
                StripsLeft = token.StripsLeft,
                StripsRight = token.StripsRight,
                NormalizedText = token.NormalizedText is null || isSpecial || normalizer is null
                    ? token.NormalizedText is null || isSpecial ? null : token.Text
                    : normalizer.Normalize(NormalizedText.Original(token.Text.AsMemory(), 0, tracks: false)).Chars.ToString(),
            });
        }

        foreach (string token in config.Special.Concat(always).Distinct())
        {
            if (ids.TryGetValue(token, out int id) && added.All(other => other.Text != token))
            {
                added.Add(new(id, token) { IsSpecial = true });
            }
        }

        return added;
    }

    private static TokenizerParts Common(
        TokenizerConfig config, Vocabulary vocabulary, List<AddedToken> added, ITokenModel model, TokenSpelling spelling)
    {
        int? begin = Find(config.BeginToken);
        int? end = Find(config.EndToken);
        return new()
        {
            Vocabulary = vocabulary,
            Model = model,
            Spelling = spelling,
            Added = added,
            BeginToken = begin,
            EndToken = end,
            PaddingToken = Find(config.PaddingToken),
            Template = SpecialTokenTemplate.Around(config.AddBegin == true ? begin : null, config.AddEnd == true ? end : null),
        };

        int? Find(string? token) => token is not null && vocabulary.Find(token) is >= 0 and int id ? id : null;
    }

    private static string[] Lines(string path)
    {
        var file = new FileInfo(path);
        return file.Length > TextBytesMax
            ? throw new VocabularyException($"{path} has {file.Length:N0} bytes; such a file has at most {TextBytesMax:N0}. Fetch the file again.")
            : [.. File.ReadAllText(path).Split('\n').Select(line => line.TrimEnd('\r'))];
    }
}
