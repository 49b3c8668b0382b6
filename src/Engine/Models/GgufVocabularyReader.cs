using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Models;

/// <summary>Reads what a GGUF file's metadata say of its tokenizer.</summary>
internal static class GgufVocabularyReader
{
    /// <summary>Reads the keys.</summary>
    /// <param name="file">The file.</param>
    /// <param name="vocabularySize">Rows of the model's embedding; the vocabulary may not have more tokens.</param>
    /// <exception cref="GgufFormatException">A key is missing or of the wrong kind.</exception>
    /// <exception cref="ModelFormatException">There are more tokens than rows.</exception>
    public static VocabularyData Read(GgufFile file, int vocabularySize)
    {
        GgufMetadata data = file.Metadata;
        string[] tokens = data.GetStrings("tokenizer.ggml.tokens");
        if (tokens.Length > vocabularySize)
        {
            throw ModelFormatException.WrongShape(
                file.Path, "token_embd.weight", $"for {vocabularySize} tokens", $"one row for each of {tokens.Length} tokens");
        }

        // Where a file does not say what is put around a text, its kind of tokenizer does.
        string model = data.GetString("tokenizer.ggml.model");
        string? pre = data.FindString("tokenizer.ggml.pre");
        bool begins = model is "bert" or "llama" || pre is "llama-bpe" or "llama3" or "llama-v3" or "falcon3" or "falcon-h1" or "pixtral"
            or "midm-2.0" or "lfm2" or "jina-v5-nano" or "tekken" or "chameleon";
        return new VocabularyData
        {
            Model = model,
            PreTokenizer = pre,
            Tokens = tokens,
            TokenTypes = data.FindInts("tokenizer.ggml.token_type") ?? [],
            Scores = data.FindFloats("tokenizer.ggml.scores") ?? [],
            Merges = data.FindStrings("tokenizer.ggml.merges") ?? [],
            BeginToken = Id("tokenizer.ggml.bos_token_id") ?? Id("tokenizer.ggml.cls_token_id"),
            EndToken = Id("tokenizer.ggml.eos_token_id") ?? Id("tokenizer.ggml.seperator_token_id") ?? Id("tokenizer.ggml.separator_token_id"),
            UnknownTokenId = Id("tokenizer.ggml.unknown_token_id"),
            PaddingToken = Id("tokenizer.ggml.padding_token_id"),
            AddBegin = data.GetBool("tokenizer.ggml.add_bos_token", begins),
            AddEnd = data.GetBool("tokenizer.ggml.add_eos_token", model is "bert" or "t5"),
            Lowercase = data.GetBool("tokenizer.ggml.normalizer.lowercase", true),
            AddSpacePrefix = data.GetBool("tokenizer.ggml.add_space_prefix", true),
            RemoveExtraSpaces = data.GetBool("tokenizer.ggml.remove_extra_whitespaces", model == "t5"),
            CharactersMap = data.FindInts("tokenizer.ggml.precompiled_charsmap") is { } map ? Array.ConvertAll(map, value => unchecked((byte)value)) : default,
        };

        int? Id(string key) => data.Contains(key) ? data.GetInt32(key) : null;
    }
}
