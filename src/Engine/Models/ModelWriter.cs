using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;

namespace Ratchet.Engine.Models;

/// <summary>Writes models for other programs; <see cref="ModelLoader"/> and <see cref="ModelFolder"/> read them back.</summary>
public static class ModelWriter
{
    private const string TokenizerPrefix = "tokenizer.";
    private const long ShardBytesUsual = 4L << 30;

    /// <summary>Writes a GGUF file.</summary>
    /// <param name="model">The model, an adapter merged into it or not.</param>
    /// <param name="path">The file; one that is there is replaced, whole or not at all.</param>
    /// <param name="type">One that <see cref="BlockCodec.CanWrite"/>; rows that its blocks do not divide are stored otherwise: Q5_0 for Q4_K, Q8_0 for Q6_K, else F16.</param>
    /// <param name="name">What the file calls the model.</param>
    /// <param name="tokenizer">From <see cref="TokenizerKeys(string, int)"/> or <see cref="TokenizerKeys(VocabularyData, string?)"/>.</param>
    /// <returns>What was written, and how far each tensor is from the model's.</returns>
    /// <exception cref="ModelExportException">GGUF cannot tell what the model computes, or the type is only read.</exception>
    public static IReadOnlyList<WrittenTensor> WriteGguf(
        DecoderModel model, string path, ElementType type, string name, IReadOnlyList<KeyValuePair<string, object>> tokenizer)
        => DecoderWriter.Write(model, path, type, name, tokenizer);

    /// <summary>Writes a Hugging Face folder: config.json, safetensors and, where the base is a folder, its tokenizer files.</summary>
    /// <param name="model">The model, an adapter merged into it or not.</param>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="baseFolder">The folder that the base was read from; null where it was a GGUF file, then config.json is made from its keys.</param>
    /// <param name="shardBytesMax">Bytes of a file of weights; above them there are several, with an index.</param>
    /// <returns>What was written, and how far each tensor is from the model's.</returns>
    /// <exception cref="ModelExportException">The type is none of these, a number does not fit it, or config.json cannot tell what the model computes.</exception>
    public static IReadOnlyList<WrittenTensor> WriteFolder(
        DecoderModel model, string folder, ElementType type, string? baseFolder, long shardBytesMax = ShardBytesUsual)
        => FolderWriter.Write(model, folder, type, baseFolder, shardBytesMax);

    /// <summary>The tokenizer's keys of a base model: of a GGUF file as they are there, of a folder made from its tokenizer's files.</summary>
    /// <param name="path">The base model's GGUF file or Hugging Face folder.</param>
    /// <param name="rows">Rows of the model's embedding; a GGUF file has a token for each.</param>
    /// <exception cref="GgufFormatException">The file is no sound GGUF file.</exception>
    /// <exception cref="VocabularyException">The folder's tokenizer does what GGUF cannot tell.</exception>
    public static IReadOnlyList<KeyValuePair<string, object>> TokenizerKeys(string path, int rows)
    {
        if (Directory.Exists(path))
        {
            var generation = GenerationConfigFile.Read(path);
            VocabularyData data = TokenizerFolder.ReadVocabulary(
                path, rows, generation.BeginToken, generation.EndTokens.Count > 0 ? generation.EndTokens[0] : null, generation.PaddingToken);
            return TokenizerKeys(data, TokenizerFolder.ReadChatTemplate(path));
        }

        using var file = GgufFile.Open(path);
        return [.. file.Metadata.Where(entry => entry.Key.StartsWith(TokenizerPrefix, StringComparison.Ordinal))];
    }

    /// <summary>Writes the tokenizer of a GGUF file as a Hugging Face folder has it: tokenizer.json and what stands beside it.</summary>
    /// <param name="ggufPath">The base model's file.</param>
    /// <param name="folder">Where the files go; made where it is not there.</param>
    /// <param name="config">The model's sizes.</param>
    /// <exception cref="VocabularyException">The files would give other ids; none is written.</exception>
    public static void WriteTokenizer(string ggufPath, string folder, ModelConfig config)
    {
        using var file = GgufFile.Open(ggufPath);
        TokenizerFolder.Write(
            folder, GgufVocabularyReader.Read(file, config.VocabularySize), file.Metadata.FindString("tokenizer.chat_template"), config.ContextLength);
    }

    /// <summary>The tokenizer's keys of a vocabulary.</summary>
    /// <param name="data">The vocabulary.</param>
    /// <param name="chatTemplate">The model's chat template, or null.</param>
    public static IReadOnlyList<KeyValuePair<string, object>> TokenizerKeys(VocabularyData data, string? chatTemplate)
    {
        var keys = new List<KeyValuePair<string, object>>
        {
            new("tokenizer.ggml.model", data.Model),
            new("tokenizer.ggml.pre", data.PreTokenizer ?? "default"),
            new("tokenizer.ggml.tokens", data.Tokens.ToArray()),
        };
        if (data.TokenTypes.Count > 0)
        {
            keys.Add(new("tokenizer.ggml.token_type", data.TokenTypes.ToArray()));
        }

        if (data.Merges.Count > 0)
        {
            keys.Add(new("tokenizer.ggml.merges", data.Merges.ToArray()));
        }

        if (data.Scores.Count > 0)
        {
            keys.Add(new("tokenizer.ggml.scores", data.Scores.ToArray()));
            keys.Add(new("tokenizer.ggml.add_space_prefix", data.AddSpacePrefix));
            keys.Add(new("tokenizer.ggml.remove_extra_whitespaces", data.RemoveExtraSpaces));
        }

        if (data.Model == "bert")
        {
            keys.Add(new("tokenizer.ggml.normalizer.lowercase", data.Lowercase));
        }

        if (!data.CharactersMap.IsEmpty)
        {
            keys.Add(new("tokenizer.ggml.precompiled_charsmap", data.CharactersMap.ToArray()));
        }

        AddId("tokenizer.ggml.bos_token_id", data.BeginToken);
        AddId("tokenizer.ggml.eos_token_id", data.EndToken);
        AddId("tokenizer.ggml.unknown_token_id", data.UnknownTokenId);
        AddId("tokenizer.ggml.padding_token_id", data.PaddingToken);
        keys.Add(new("tokenizer.ggml.add_bos_token", data.AddBegin));
        keys.Add(new("tokenizer.ggml.add_eos_token", data.AddEnd));
        if (chatTemplate is not null)
        {
            keys.Add(new("tokenizer.chat_template", chatTemplate));
        }

        return keys;

        void AddId(string key, int? id)
        {
            if (id is { } known)
            {
                keys.Add(new(key, (uint)known));
            }
        }
    }
}
