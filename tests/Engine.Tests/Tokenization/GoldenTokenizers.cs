using System.Text.Json;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>The tokenizers of the golden folders, each from every kind of file that lies there, read once.</summary>
internal static class GoldenTokenizers
{
    private const string Gguf = "gguf";

    // Everything that a folder of a model may hold of its tokenizer.
    private static readonly string[] Beside = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

    private static readonly string[][] Kinds =
    [
        ["tokenizer.json"], ["spiece.model"], ["tokenizer.model"], ["vocab.json", "merges.txt"], ["vocab.txt"],
    ];

    private static readonly Dictionary<(string, string), ITokenizer> Read = [];
    private static readonly Lock Gate = new();

    /// <summary>Names of golden folders, each with the kinds of files to read it from.</summary>
    internal static IEnumerable<(string Name, string Form)> All =>
        from name in Golden.FoldersIn("tokenizers")
        from form in Forms(name)
        select (name, form);

    /// <summary>The chat encoder of a golden folder with a chat template in its tokenizer_config.json.</summary>
    internal static (ITokenizer Tokenizer, ChatTemplate Template) Chat(string name)
    {
        string[] kind = Kinds.First(files => files.All(file => Golden.Exists($"tokenizers/{name}/{file}")));
        string folder = Folder(name, kind);
        ITokenizer tokenizer = TokenizerFolder.Read(folder);
        return (tokenizer, new ChatTemplate(TokenizerFolder.ReadChatTemplate(folder)!, Text(tokenizer.BeginToken), Text(tokenizer.EndToken)));

        string? Text(int? id) => id is { } known ? tokenizer.TokenText(known) : null;
    }

    internal static ITokenizer Get(string name, string form)
    {
        lock (Gate)
        {
            if (!Read.TryGetValue((name, form), out ITokenizer? tokenizer))
            {
                tokenizer = form switch
                {
                    Gguf => BundledVocabularies.Get(name),
                    "gguf-arrays.json" => Tokenizers.Create(FromArrays(name)),
                    _ => TokenizerFolder.Read(Folder(name, form.Split(" + "))),
                };
                Read.Add((name, form), tokenizer);
            }

            return tokenizer;
        }
    }

    private static IEnumerable<string> Forms(string name)
    {
        foreach (string[] kind in Kinds.Where(files => files.All(file => Golden.Exists($"tokenizers/{name}/{file}"))))
        {
            yield return string.Join(" + ", kind);
        }

        if (Golden.Exists($"tokenizers/{name}/gguf-arrays.json"))
        {
            yield return "gguf-arrays.json";
        }

        if (BundledVocabularies.Names.Contains(name))
        {
            yield return Gguf;
        }
    }

    /// <summary>A new folder with these golden files, and those that stand beside them.</summary>
    internal static string Folder(string name, string[] files)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-tokenizer-").FullName;
        foreach (string file in files.Concat(Beside.Where(file => Golden.Exists($"tokenizers/{name}/{file}"))))
        {
            File.Copy(Golden.PathOf($"tokenizers/{name}/{file}"), Path.Combine(folder, file));
        }

        return folder;
    }

    /// <summary>What a golden folder says in GGUF's words.</summary>
    internal static VocabularyData Data(string name) =>
        Golden.Exists($"tokenizers/{name}/gguf-arrays.json") ? FromArrays(name) : BundledVocabularies.Data(name);

    private static VocabularyData FromArrays(string name)
    {
        using var document = JsonDocument.Parse(Golden.Open($"tokenizers/{name}/gguf-arrays.json"));
        JsonElement keys = document.RootElement;
        byte[] map = keys.TryGetProperty("tokenizer.ggml.precompiled_charsmap", out _) ? CharactersMap(name) : [];
        return new VocabularyData
        {
            Model = keys.GetProperty("tokenizer.ggml.model").GetString()!,
            Tokens = List("tokens", e => e.GetString()!),
            Scores = List("scores", e => e.GetSingle()),
            TokenTypes = List("token_type", e => e.GetInt32()),
            UnknownTokenId = keys.GetProperty("tokenizer.ggml.unknown_token_id").GetInt32(),
            BeginToken = keys.GetProperty("tokenizer.ggml.bos_token_id").GetInt32(),
            EndToken = keys.GetProperty("tokenizer.ggml.eos_token_id").GetInt32(),
            AddBegin = keys.GetProperty("tokenizer.ggml.add_bos_token").GetBoolean(),
            AddEnd = keys.GetProperty("tokenizer.ggml.add_eos_token").GetBoolean(),
            AddSpacePrefix = keys.GetProperty("tokenizer.ggml.add_space_prefix").GetBoolean(),
            RemoveExtraSpaces = keys.GetProperty("tokenizer.ggml.remove_extra_whitespaces").GetBoolean(),
            CharactersMap = map,
        };

        T[] List<T>(string key, Func<JsonElement, T> read) => [.. keys.GetProperty($"tokenizer.ggml.{key}").EnumerateArray().Select(read)];
    }

    // The file of the arrays says where its table of characters is: in the tokenizer.json beside it.
    private static byte[] CharactersMap(string name)
    {
        using var document = JsonDocument.Parse(Golden.Open($"tokenizers/{name}/tokenizer.json"));
        return document.RootElement.GetProperty("normalizer").GetProperty("normalizers")[0].GetProperty("precompiled_charsmap").GetBytesFromBase64();
    }
}
