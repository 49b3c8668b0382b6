using Ratchet.Engine.Tokenization.Algorithms;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>What a Hugging Face folder says of its tokenizer, in the words that GGUF has for it.</summary>
internal static class FolderVocabulary
{
    private const char WordMark = '▁';

    /// <summary>The vocabulary.</summary>
    /// <param name="folder">With the files.</param>
    /// <param name="rows">Rows of the model's embedding: ids that no token has are filled up.</param>
    /// <param name="tokenizer">The tokenizer that the folder gives.</param>
    /// <exception cref="VocabularyException">The folder's tokenizer does what GGUF has no words for.</exception>
    internal static VocabularyData Read(string folder, int rows, TokenizerParts tokenizer)
    {
        var config = TokenizerConfig.Read(folder);
        string json = Path.Combine(folder, TokenizerJson.FileName);
        VocabularyData data;
        if (TokenizerFolder.SentencePiecePath(folder) is { } model)
        {
            (data, _) = TokenizerFolder.SentencePieceData(model, config);
        }
        else if (File.Exists(json))
        {
            data = FromJson(JsonPart.Read(json), tokenizer);
        }
        else if (VocabularyFiles.MergesOf(folder) is { } merges)
        {
            string pre = VocabularyFiles.IsQwen(config) ? "qwen2" : "gpt-2";
            data = Named("gpt2", tokenizer, token => token) with { PreTokenizer = pre, Merges = merges };
        }
        else
        {
            data = WordPiece(tokenizer, "##") with { Lowercase = config.Lowercases };
        }

        IReadOnlyList<SpecialTokenTemplate.Part> around = tokenizer.Template.Single;
        int? before = around is [{ Sequence: < 0 } first, ..] ? first.Id : null;
        int? after = around is [.., { Sequence: < 0 } last] ? last.Id : null;
        if (around.Count(part => part.Sequence < 0) != (before is null ? 0 : 1) + (after is null ? 0 : 1))
        {
            throw Untold(folder, "puts more than one token before or behind a text");
        }

        return Filled(data, rows) with
        {
            BeginToken = before ?? tokenizer.BeginToken,
            EndToken = after ?? tokenizer.EndToken,
            PaddingToken = tokenizer.PaddingToken,
            AddBegin = before is not null,
            AddEnd = after is not null,
        };
    }

    /// <summary>What to throw where GGUF has no words for what a tokenizer does.</summary>
    internal static VocabularyException Untold(string folder, string what) => new(
        $"The tokenizer of {folder} {what}, which a GGUF file cannot tell: other programs would read other tokens. Export safetensors instead.");

    private static VocabularyData FromJson(JsonPart root, TokenizerParts tokenizer)
    {
        JsonPart model = root["model"];
        JsonPart[] normalizers = [.. Flatten(root["normalizer"], "normalizers")];
        JsonPart[] cuts = [.. Flatten(root["pre_tokenizer"], "pretokenizers")];
        bool addsSpace = normalizers.Any(step => step["type"].Text() == "Prepend")
            || cuts.Any(step => step["type"].Text() == "Metaspace" && step["prepend_scheme"].TextOrNull() != "never" && step["add_prefix_space"].Flag(true));
        bool removesExtra = normalizers.Any(step => step["type"].Text() == "Strip" || step["pattern"]["Regex"].TextOrNull() == " {2,}");
        string[]? merges = model["merges"].IsNull ? null : [.. model["merges"].Items().Select(Merge)];
        if (merges is not null && cuts.Any(step => step["type"].Text() == "ByteLevel"))
        {
            bool composes = normalizers is [var only] && only["type"].Text() == "NFC";
            bool takesWholeWords = model["ignore_merges"].Flag(false);
            string[] stages = [.. cuts.SelectMany(step => Stage(step, root.File))];
            string pre = (normalizers.Length == 0 || composes ? GgufPatterns.NameOf(stages, takesWholeWords, composes) : null)
                ?? throw Untold(root.File, $"cuts or normalises text in a way of its own ({string.Join(", then ", stages.Select(stage => $"\"{stage}\""))})");
            return Named("gpt2", tokenizer, token => token) with { PreTokenizer = pre, Merges = merges };
        }

        if (merges is not null)
        {
            return ScoredByMerges(tokenizer, model, merges) with { AddSpacePrefix = addsSpace, RemoveExtraSpaces = removesExtra };
        }

        if (model["vocab"].IsArray)
        {
            float[] scores = new float[tokenizer.Vocabulary.Size];
            int count = 0;
            foreach (JsonPart piece in model["vocab"].Items())
            {
                scores[count++] = (float)piece.Items().Last().Number();
            }

            string map = normalizers.FirstOrDefault(step => step["type"].Text() == "Precompiled")["precompiled_charsmap"].TextOrNull() ?? "";
            return Named("t5", tokenizer, token => token) with
            {
                Scores = scores,
                UnknownTokenId = model["unk_id"].Integer(),
                CharactersMap = Convert.FromBase64String(map),
                AddSpacePrefix = addsSpace,
                RemoveExtraSpaces = removesExtra,
            };
        }

        JsonPart bert = normalizers.FirstOrDefault(step => step["type"].Text() == "BertNormalizer");
        return model["max_input_chars_per_word"].IsNull || bert.IsNull
            ? throw Untold(root.File, $"is of the model '{model["type"].TextOrNull()}'")
            : WordPiece(tokenizer, model["continuing_subword_prefix"].TextOrNull() ?? "##") with { Lowercase = bert["lowercase"].Flag(true) };
    }

    // Pieces of SentencePiece's BPE merge by their scores: the order in which merges make them.
    private static VocabularyData ScoredByMerges(TokenizerParts tokenizer, JsonPart model, string[] merges)
    {
        VocabularyData data = Named("llama", tokenizer, token => token);
        int[] types = [.. data.TokenTypes];
        float[] scores = new float[types.Length];
        Array.Fill(scores, -merges.Length);
        var made = new HashSet<int>();
        foreach ((string left, string right) in BytePairMerges.Parse(merges))
        {
            if (tokenizer.Vocabulary.Find(left + right) is >= 0 and int id && made.Add(id))
            {
                scores[id] = -(made.Count - 1);
            }
        }

        for (int id = 0; id < types.Length; id++)
        {
            string token = data.Tokens[id];
            if (types[id] == VocabularyData.NormalToken)
            {
                bool isCharacter = token.Length == 1 || (token.Length == 2 && char.IsHighSurrogate(token[0]));
                types[id] = TokenSpelling.TryByte(token, out _) ? VocabularyData.ByteToken
                    : made.Contains(id) || isCharacter ? VocabularyData.NormalToken : VocabularyData.UnusedToken;
            }
        }

        int? unknown = model["unk_token"].TextOrNull() is { } text && tokenizer.Vocabulary.Find(text) is >= 0 and int known ? known : null;
        if (unknown is { } place)
        {
            types[place] = VocabularyData.UnknownToken;
        }

        return data with { Scores = scores, TokenTypes = types, UnknownTokenId = unknown };
    }

    private static VocabularyData WordPiece(TokenizerParts tokenizer, string prefix)
    {
        // A continuation that begins with the mark of words would be read as a word: nothing in GGUF tells it.
        VocabularyData data = Named("bert", tokenizer, token => !token.StartsWith(prefix, StringComparison.Ordinal) ? WordMark + token
            : token.Length == prefix.Length || token[prefix.Length] == WordMark ? "" : token[prefix.Length..]);
        int unknown = tokenizer.Vocabulary.Find("[UNK]");
        return data with { UnknownTokenId = unknown < 0 ? null : unknown };
    }

    // Added tokens are spelt as they are.
    private static VocabularyData Named(string model, TokenizerParts tokenizer, Func<string, string> spell)
    {
        Vocabulary vocabulary = tokenizer.Vocabulary;
        string[] tokens = new string[vocabulary.Size];
        int[] types = new int[vocabulary.Size];
        var added = tokenizer.Added.ToDictionary(token => token.Id);
        for (int id = 0; id < tokens.Length; id++)
        {
            if (added.TryGetValue(id, out AddedToken? token))
            {
                tokens[id] = token.Text;
                types[id] = token.IsSpecial ? VocabularyData.ControlToken : VocabularyData.UserDefinedToken;
            }
            else
            {
                tokens[id] = vocabulary[id] is { } text ? spell(text) : Filler(id);
                types[id] = vocabulary[id] is null ? VocabularyData.UnusedToken : VocabularyData.NormalToken;
            }
        }

        return new VocabularyData { Model = model, Tokens = tokens, TokenTypes = types };
    }

    private static VocabularyData Filled(VocabularyData data, int rows)
    {
        int missing = Math.Max(rows - data.Tokens.Count, 0);
        int known = data.Tokens.Count;
        return data with
        {
            // A spelling stands once: other programs refuse it twice.
            Tokens = [.. data.Tokens.Select((token, id) => token.Length == 0 ? Filler(id) : token), .. Enumerable.Range(known, missing).Select(Filler)],
            TokenTypes = [.. data.TokenTypes, .. Enumerable.Repeat(VocabularyData.UnusedToken, missing)],
            Scores = data.Scores.Count == 0 ? [] : [.. data.Scores, .. Enumerable.Repeat(data.Scores.Min(), missing)],
        };
    }

    /// <summary>The spelling of an id that no token has.</summary>
    internal static string Filler(int id) => $"[PAD{id}]";

    // The patterns that a step cuts by, as GGUF's names stand for them.
    private static IEnumerable<string> Stage(JsonPart step, string file)
    {
        string type = step["type"].Text();
        return type == "Split" && step["pattern"]["Regex"].TextOrNull() is { } pattern
            && (step["behavior"].TextOrNull(), step["invert"].Flag(false)) is ("Isolated" or null, _) or ("Removed", true)
                ? [pattern]
            : type == "Digits" ? [step["individual_digits"].Flag(false) ? @"\p{N}" : @"\p{N}+"]
            : type == "ByteLevel" && !step["add_prefix_space"].Flag(true) ? step["use_regex"].Flag(true) ? [PreTokenization.Gpt2Pattern.Source] : []
            : throw Untold(file, $"cuts text by a {type} that GGUF's names do not stand for");
    }

    private static string Merge(JsonPart merge) => merge.IsText ? merge.Text() : string.Join(' ', merge.Items().Select(half => half.Text()));

    private static IEnumerable<JsonPart> Flatten(JsonPart part, string list) => part.IsNull ? []
        : part["type"].Text() == "Sequence" ? part[list].Items().SelectMany(step => Flatten(step, list)) : [part];
}
