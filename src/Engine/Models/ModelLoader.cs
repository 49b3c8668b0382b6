using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;

namespace Ratchet.Engine.Models;

/// <summary>Reads a whole model from a GGUF file or a Hugging Face folder: weights, tokenizer, chat template.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The loaded model goes to the caller, or is disposed of where reading its tokenizer fails.")]
public static class ModelLoader
{
    /// <summary>Reads a language model.</summary>
    /// <param name="path">A .gguf file, or a folder with config.json, safetensors and a tokenizer's files.</param>
    /// <param name="limits">How much a GGUF file may claim.</param>
    /// <exception cref="GgufFormatException">The file is not a sound GGUF container.</exception>
    /// <exception cref="ModelFormatException">The container holds no model that this engine runs.</exception>
    /// <exception cref="VocabularyException">The vocabulary is of a kind that is not known, or contradicts itself.</exception>
    /// <exception cref="FormatException">A folder's settings, weights or chat template are damaged.</exception>
    public static LoadedDecoder LoadDecoder(string path, GgufLimits? limits = null)
    {
        if (Directory.Exists(path))
        {
            return LoadDecoderFolder(path);
        }

        using var file = GgufFile.Open(path, limits);

        // Both beside the reading of the weights, most of which takes one core. Faults of the weights are told first.
        Task<string> digest = Task.Run(() => FileDigest.Of(path));
        Task<(ITokenizer Tokenizer, ChatEncoder? Chat)> speech = Task.Run(() => Speech(file));
        DecoderModel model = DecoderReader.Read(file);
        try
        {
            (ITokenizer tokenizer, ChatEncoder? chat) = speech.GetAwaiter().GetResult();
            return new LoadedDecoder(model, tokenizer, chat, NameOf(path), digest.GetAwaiter().GetResult());
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads a sentence encoder.</summary>
    /// <param name="path">A .gguf file, or a folder with config.json, safetensors and a tokenizer's files.</param>
    /// <param name="limits">How much a GGUF file may claim.</param>
    /// <param name="precision">In which numbers products with weights are computed.</param>
    /// <exception cref="GgufFormatException">The file is not a sound GGUF container.</exception>
    /// <exception cref="ModelFormatException">The container holds no encoder that this engine runs.</exception>
    /// <exception cref="VocabularyException">The vocabulary is of a kind that is not known, or contradicts itself.</exception>
    /// <exception cref="FormatException">A folder's settings or weights are damaged.</exception>
    public static LoadedEncoder LoadEncoder(string path, GgufLimits? limits = null, Precision precision = Precision.Float32)
    {
        if (Directory.Exists(path))
        {
            return LoadEncoderFolder(path, precision);
        }

        using var file = GgufFile.Open(path, limits);
        EncoderModel model = EncoderReader.Read(file);
        try
        {
            return new LoadedEncoder(
                model, Tokenizers.Create(GgufVocabularyReader.Read(file, model.Config.VocabularySize)), NameOf(path), FileDigest.Of(path), precision: precision);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static (ITokenizer Tokenizer, ChatEncoder? Chat) Speech(GgufFile file)
    {
        int rows = file.TryFindTensor($"{DecoderReader.PartNames.TokenEmbedding}.weight", out GgufTensorInfo? embedding) ? embedding.Shape[0] : int.MaxValue;
        ITokenizer tokenizer = Tokenizers.Create(GgufVocabularyReader.Read(file, rows));
        return (tokenizer, Chat(tokenizer, file.Metadata.FindString("tokenizer.chat_template"), []));
    }

    private static LoadedDecoder LoadDecoderFolder(string folder)
    {
        DecoderModel model = ModelFolder.ReadDecoder(folder);
        try
        {
            var generation = GenerationConfigFile.Read(folder);
            ITokenizer tokenizer = TokenizerFolder.Read(
                folder, generation.BeginToken, generation.EndTokens.Count > 0 ? generation.EndTokens[0] : null, generation.PaddingToken);
            RequireRows(folder, tokenizer, model.Config);
            int[] stops = [.. generation.EndTokens.Where(id => id >= 0 && id < tokenizer.VocabularySize)];
            ChatEncoder? chat = Chat(tokenizer, TokenizerFolder.ReadChatTemplate(folder), stops);
            return new LoadedDecoder(model, tokenizer, chat, NameOf(folder), FileDigest.OfFolder(folder)) { Generation = generation };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static LoadedEncoder LoadEncoderFolder(string folder, Precision precision)
    {
        EncoderModel model = ModelFolder.ReadEncoder(folder);
        try
        {
            ITokenizer tokenizer = TokenizerFolder.Read(folder);
            RequireRows(folder, tokenizer, model.Config);
            return new LoadedEncoder(model, tokenizer, NameOf(folder), FileDigest.OfFolder(folder), EncoderFolder.ReadTokensMax(folder), precision);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void RequireRows(string folder, ITokenizer tokenizer, ModelConfig config)
    {
        if (tokenizer.VocabularySize > config.VocabularySize)
        {
            throw ModelFormatException.Unsupported(
                folder, $"the tokenizer has {tokenizer.VocabularySize:N0} tokens, the model's embedding rows for {config.VocabularySize:N0}.",
                "Both must come from one model; fetch the whole folder again.");
        }
    }

    private static ChatEncoder? Chat(ITokenizer tokenizer, string? template, IReadOnlyList<int> stopTokens)
    {
        return template is null
            ? null
            : new ChatEncoder(tokenizer, new ChatTemplate(template, Text(tokenizer.BeginToken), Text(tokenizer.EndToken)), stopTokens: stopTokens);

        string? Text(int? id) => id is { } known ? tokenizer.TokenText(known) : null;
    }

    /// <summary>What a model is called: a folder's name; "smollm2-135m-instruct.q4_1.gguf" is smollm2-135m-instruct.</summary>
    internal static string NameOf(string path)
    {
        if (Directory.Exists(path))
        {
            return Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        }

        string name = Path.GetFileNameWithoutExtension(path);
        int dot = name.LastIndexOf('.');
        return dot > 0 && IsQuantization(name.AsSpan(dot + 1)) ? name[..dot] : name;
    }

    private static bool IsQuantization(ReadOnlySpan<char> part)
        => part is "f16" or "f32" or "bf16" or "F16" or "F32" or "BF16" || (part.Length is >= 2 and <= 6 && (part[0] | 0x20) is 'q' && char.IsAsciiDigit(part[1]));
}
