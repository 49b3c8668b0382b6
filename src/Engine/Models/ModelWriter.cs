using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Models;

/// <summary>Writes models for other programs; <see cref="ModelLoader"/> and <see cref="ModelFolder"/> read them back.</summary>
public static class ModelWriter
{
    private const string TokenizerPrefix = "tokenizer.";
    private const long ShardBytesUsual = 4L << 30;

    /// <summary>Writes a GGUF file.</summary>
    /// <param name="model">The model, an adapter merged into it or not.</param>
    /// <param name="path">The file; one that is there is replaced, whole or not at all.</param>
    /// <param name="type">One that <see cref="BlockCodec.CanWrite"/>; rows that its blocks do not divide fall back to Q8_0 or F16.</param>
    /// <param name="name">What the file calls the model.</param>
    /// <param name="tokenizer">From <see cref="TokenizerKeys(string)"/> or <see cref="TokenizerKeys(VocabularyData, string?)"/>.</param>
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

    /// <summary>The tokenizer's keys of a GGUF file, as they are there.</summary>
    /// <param name="ggufPath">The base model's file.</param>
    /// <exception cref="GgufFormatException">It is no sound GGUF file.</exception>
    public static IReadOnlyList<KeyValuePair<string, object>> TokenizerKeys(string ggufPath)
    {
        using var file = GgufFile.Open(ggufPath);
        return [.. file.Metadata.Where(entry => entry.Key.StartsWith(TokenizerPrefix, StringComparison.Ordinal))];
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
