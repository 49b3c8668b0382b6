namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the tokenizer of a Hugging Face folder from whichever of its files there are.</summary>
public static class TokenizerFolder
{
    private const string TemplateFileName = "chat_template.jinja";
    private const long TemplateBytesMax = 1 << 20;

    private static readonly string[] SentencePieceNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    /// <summary>
    /// Reads tokenizer.json; where there is none tokenizer.model (spiece.model), vocab.json with merges.txt, or vocab.txt.
    /// </summary>
    /// <param name="folder">With the files.</param>
    /// <param name="beginToken">Id that begins a text, where the files do not say: what config.json has.</param>
    /// <param name="endToken">Id that ends one, likewise.</param>
    /// <param name="paddingToken">Id that fills up rows, likewise.</param>
    /// <exception cref="VocabularyException">There is no such file, one is damaged, or says what is not known here.</exception>
    public static ITokenizer Read(string folder, int? beginToken = null, int? endToken = null, int? paddingToken = null)
    {
        TokenizerParts parts = ReadParts(folder, TokenizerConfig.Read(folder));
        return new TextTokenizer(parts with
        {
            BeginToken = parts.BeginToken ?? Known(beginToken),
            EndToken = parts.EndToken ?? Known(endToken),
            PaddingToken = parts.PaddingToken ?? Known(paddingToken),
        });

        int? Known(int? id) => id >= 0 && id < parts.Vocabulary.Size ? id : null;
    }

    /// <summary>The folder's chat template, from chat_template.jinja or tokenizer_config.json; null where there is none.</summary>
    /// <param name="folder">With the files.</param>
    /// <exception cref="VocabularyException">A file is damaged or too large.</exception>
    public static string? ReadChatTemplate(string folder)
    {
        string path = Path.Combine(folder, TemplateFileName);
        if (!File.Exists(path))
        {
            return TokenizerConfig.Read(folder).ChatTemplate;
        }

        long bytes = new FileInfo(path).Length;
        return bytes > TemplateBytesMax
            ? throw new VocabularyException($"{path} has {bytes:N0} bytes; a chat template has at most {TemplateBytesMax:N0}. Fetch the file again.")
            : File.ReadAllText(path);
    }

    internal static TokenizerParts ReadParts(string folder, TokenizerConfig config)
    {
        string json = Path.Combine(folder, TokenizerJson.FileName);
        if (File.Exists(json))
        {
            return Named(TokenizerJson.Read(json), config);
        }

        if (SentencePieceNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } model)
        {
            return SentencePiece(model, config);
        }

        if (File.Exists(Path.Combine(folder, "vocab.json")) && File.Exists(Path.Combine(folder, "merges.txt")))
        {
            return VocabularyFiles.ReadBytePair(folder, config);
        }

        return File.Exists(Path.Combine(folder, "vocab.txt"))
            ? VocabularyFiles.ReadWordPiece(folder, config)
            : throw new VocabularyException(
                $"{folder} has no tokenizer: needed is {TokenizerJson.FileName}, {string.Join(" or ", SentencePieceNames)}, vocab.json with merges.txt, "
                + "or vocab.txt. Fetch the whole folder.");
    }

    // tokenizer.json does not say which of its tokens begin and end a text; what it puts around one tells where nothing else does.
    private static TokenizerParts Named(TokenizerParts parts, TokenizerConfig config)
    {
        int? begin = Find(parts.Vocabulary, config.BeginToken) ?? Edge(parts.Template.Single, 0);
        int? end = Find(parts.Vocabulary, config.EndToken) ?? Edge(parts.Template.Single, parts.Template.Single.Count - 1);
        return parts with
        {
            BeginToken = begin,
            EndToken = end,
            PaddingToken = Find(parts.Vocabulary, config.PaddingToken) ?? parts.PaddingToken,
        };

        static int? Edge(IReadOnlyList<SpecialTokenTemplate.Part> template, int place) =>
            place >= 0 && place < template.Count && template[place].Sequence < 0 ? template[place].Id : null;
    }

    private static TokenizerParts SentencePiece(string path, TokenizerConfig config)
    {
        VocabularyData data = SentencePieceModel.Read(path);
        List<(string Token, int Id)> pairs = [.. data.Tokens.Select((token, id) => (token, id))];
        List<AddedToken> added = VocabularyFiles.Added(pairs, config, normalizer: null, []);
        string?[] tokens = Vocabulary.Arrange(pairs);
        int[] types = [.. data.TokenTypes, .. Enumerable.Repeat(VocabularyData.UnusedToken, tokens.Length - data.Tokens.Count)];
        foreach (AddedToken token in added)
        {
            types[token.Id] = token.IsSpecial ? VocabularyData.ControlToken : VocabularyData.UserDefinedToken;
        }

        var vocabulary = new Vocabulary(tokens);
        data = data with
        {
            Tokens = [.. tokens.Select(token => token ?? "")],
            TokenTypes = types,
            Scores = [.. data.Scores, .. new float[tokens.Length - data.Scores.Count]],
            BeginToken = Find(vocabulary, config.BeginToken) ?? data.BeginToken,
            EndToken = Find(vocabulary, config.EndToken) ?? data.EndToken,
            PaddingToken = Find(vocabulary, config.PaddingToken) ?? data.PaddingToken,
            AddBegin = config.AddBegin ?? data.AddBegin,
            AddEnd = config.AddEnd ?? data.AddEnd,
        };
        try
        {
            var parts = GgufVocabulary.Parts(data);
            var known = added.ToDictionary(token => token.Id, token => token with { NormalizedText = null });
            return parts with { Added = [.. parts.Added.Select(token => known.GetValueOrDefault(token.Id, token))] };
        }
        catch (VocabularyException fault)
        {
            throw new VocabularyException($"{path}: {fault.Message}");
        }
    }

    private static int? Find(Vocabulary vocabulary, string? token) =>
        token is not null && vocabulary.Find(token) is >= 0 and int id ? id : null;
}
