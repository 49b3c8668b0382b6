using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Models;

/// <summary>Reads a whole model from a GGUF file: weights, tokenizer, chat template.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The loaded model goes to the caller, or is disposed of where reading its tokenizer fails.")]
public static class ModelLoader
{
    /// <summary>Reads a language model.</summary>
    /// <param name="path">A .gguf file.</param>
    /// <param name="limits">How much a file may claim.</param>
    /// <exception cref="GgufFormatException">The file is not a sound GGUF container.</exception>
    /// <exception cref="ModelFormatException">The container holds no model that this engine runs.</exception>
    /// <exception cref="VocabularyException">The vocabulary is of a kind that is not known, or contradicts itself.</exception>
    public static LoadedDecoder LoadDecoder(string path, GgufLimits? limits = null)
    {
        using var file = GgufFile.Open(path, limits);
        DecoderModel model = DecoderReader.Read(file);
        try
        {
            ITokenizer tokenizer = Tokenizers.Create(GgufVocabularyReader.Read(file, model.Config.VocabularySize));
            string? source = file.Metadata.FindString("tokenizer.chat_template");
            ChatEncoder? chat = source is null ? null : new ChatEncoder(tokenizer, new ChatTemplate(source, Text(tokenizer.BeginToken), Text(tokenizer.EndToken)));
            return new LoadedDecoder(model, tokenizer, chat, Name(path), FileDigest.Of(path));

            string? Text(int? id) => id is { } known ? tokenizer.TokenText(known) : null;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads a sentence encoder.</summary>
    /// <param name="path">A .gguf file.</param>
    /// <param name="limits">How much a file may claim.</param>
    /// <exception cref="GgufFormatException">The file is not a sound GGUF container.</exception>
    /// <exception cref="ModelFormatException">The container holds no encoder that this engine runs.</exception>
    /// <exception cref="VocabularyException">The vocabulary is of a kind that is not known, or contradicts itself.</exception>
    public static LoadedEncoder LoadEncoder(string path, GgufLimits? limits = null)
    {
        using var file = GgufFile.Open(path, limits);
        EncoderModel model = EncoderReader.Read(file);
        try
        {
            return new LoadedEncoder(model, Tokenizers.Create(GgufVocabularyReader.Read(file, model.Config.VocabularySize)), Name(path), FileDigest.Of(path));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // "smollm2-135m-instruct.q4_1.gguf" is the model smollm2-135m-instruct.
    private static string Name(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        int dot = name.LastIndexOf('.');
        return dot > 0 && IsQuantization(name.AsSpan(dot + 1)) ? name[..dot] : name;
    }

    private static bool IsQuantization(ReadOnlySpan<char> part)
        => part is "f16" or "f32" or "bf16" or "F16" or "F32" or "BF16" || (part.Length is >= 2 and <= 6 && (part[0] | 0x20) is 'q' && char.IsAsciiDigit(part[1]));
}
