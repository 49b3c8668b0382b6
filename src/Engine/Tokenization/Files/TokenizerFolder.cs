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
        return new TextTokenizer(Parts(folder, beginToken, endToken, paddingToken));
    }

    /// <summary>What the folder's files say of the tokenizer, in GGUF's words.</summary>
    /// <param name="folder">With the files.</param>
    /// <param name="rows">Rows of the model's embedding: ids that no token has are filled up, since GGUF has a token for each.</param>
    /// <param name="beginToken">As <see cref="Read"/> takes it.</param>
    /// <param name="endToken">Likewise.</param>
    /// <param name="paddingToken">Likewise.</param>
    /// <exception cref="VocabularyException">
    /// The files are damaged, or the tokenizer does what GGUF has no words for: read from them it would give other ids.
    /// </exception>
    public static VocabularyData ReadVocabulary(string folder, int rows, int? beginToken = null, int? endToken = null, int? paddingToken = null)
    {
        TokenizerParts parts = Parts(folder, beginToken, endToken, paddingToken);
        VocabularyData data = FolderVocabulary.Read(folder, rows, parts);
        return TokenizerProbe.FirstDifference(new TextTokenizer(parts), Tokenizers.Create(data)) is { } text
            ? throw FolderVocabulary.Untold(folder, $"turns \"{text}\" into other tokens than its words in GGUF do")
            : data;
    }

    /// <summary>Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and generation_config.json for a vocabulary in GGUF's words.</summary>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="data">The vocabulary.</param>
    /// <param name="chatTemplate">The model's chat template, or null.</param>
    /// <param name="contextLength">Most tokens of a text.</param>
    /// <exception cref="VocabularyException">The files would give other ids; none is written.</exception>
    public static void Write(string folder, VocabularyData data, string? chatTemplate, int contextLength)
    {
        byte[] json = TokenizerJsonWriter.Write(data);
        ITokenizer read = new TextTokenizer(Named(
            TokenizerJson.Read(JsonPart.Parse(Path.Combine(folder, TokenizerJson.FileName), json)), new TokenizerConfig()));
        if (TokenizerProbe.FirstDifference(Tokenizers.Create(data), read) is { } text)
        {
            throw new VocabularyException(
                $"tokenizer.json would turn \"{text}\" into other tokens than the model's own. Take the tokenizer files of the base model's own folder.");
        }

        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, TokenizerJson.FileName), json);
        TokenizerConfigWriter.Write(folder, data, chatTemplate, contextLength);
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

    /// <summary>The file of a SentencePiece model; null where there is none.</summary>
    internal static string? SentencePiecePath(string folder) => SentencePieceNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static TokenizerParts Parts(string folder, int? beginToken, int? endToken, int? paddingToken)
    {
        TokenizerParts parts = ReadParts(folder, TokenizerConfig.Read(folder));
        return parts with
        {
            BeginToken = parts.BeginToken ?? Known(beginToken),
            EndToken = parts.EndToken ?? Known(endToken),
            PaddingToken = parts.PaddingToken ?? Known(paddingToken),
        };

        int? Known(int? id) => id >= 0 && id < parts.Vocabulary.Size ? id : null;
    }

    internal static TokenizerParts ReadParts(string folder, TokenizerConfig config)
    {
        string json = Path.Combine(folder, TokenizerJson.FileName);
        if (File.Exists(json))
        {
            return Named(TokenizerJson.Read(json), config);
        }

        if (SentencePiecePath(folder) is { } model)
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
        (VocabularyData data, List<AddedToken> added) = SentencePieceData(path, config);
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

    /// <summary>A SentencePiece model with the tokens that were added beside it.</summary>
    internal static (VocabularyData Data, List<AddedToken> Added) SentencePieceData(string path, TokenizerConfig config)
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
        return (data with
        {
            Tokens = [.. tokens.Select(token => token ?? "")],
            TokenTypes = types,
            Scores = [.. data.Scores, .. new float[tokens.Length - data.Scores.Count]],
            BeginToken = Find(vocabulary, config.BeginToken) ?? data.BeginToken,
            EndToken = Find(vocabulary, config.EndToken) ?? data.EndToken,
            PaddingToken = Find(vocabulary, config.PaddingToken) ?? data.PaddingToken,
            AddBegin = config.AddBegin ?? data.AddBegin,
            AddEnd = config.AddEnd ?? data.AddEnd,
        }, added);
    }

    private static int? Find(Vocabulary vocabulary, string? token) =>
        token is not null && vocabulary.Find(token) is >= 0 and int id ? id : null;
}
