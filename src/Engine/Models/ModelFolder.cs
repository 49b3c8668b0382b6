using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>Reads models from Hugging Face folders: config.json beside safetensors, in one file or in several with an index.</summary>
/// <remarks>Weights stay in the type they are stored in, F32, F16, BF16 or bitsandbytes' four bits. docs/formats/hugging-face-folders.md draws the folder.</remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The tensors' source frees everything where reading fails; afterwards the model owns it.")]
public static class ModelFolder
{
    /// <summary>Reads a language model.</summary>
    /// <param name="folder">With config.json and weights.</param>
    /// <exception cref="SettingsFormatException">config.json is missing or damaged, or says what is not computed here.</exception>
    /// <exception cref="SafetensorsFormatException">A file of weights is damaged.</exception>
    /// <exception cref="ModelFormatException">Weights and config.json do not fit each other, or the family does not run.</exception>
    /// <exception cref="FileNotFoundException">There are no weights.</exception>
    public static DecoderModel ReadDecoder(string folder)
    {
        var settings = JsonSettings.Read(Path.Combine(folder, FolderConfig.FileName));
        DecoderFamily family = FolderConfig.FamilyOf(settings);
        ModelConfig config = FolderConfig.Read(settings, family);
        FourBitTensors.Check(settings);
        using var files = SafetensorsFolder.Open(folder);
        string embedding = family.PartNames.TokenEmbedding;
        using var source = new FolderTensors(files, embedding[..(embedding.IndexOf('.', StringComparison.Ordinal) + 1)]);
        bool hasAttentionBias = settings.Flag("attention_bias", false);
        DecoderModel model = new DecoderAssembly(source, family, config)
        {
            Names = family.Names,
            PartNames = family.PartNames,
            QueryKeyValueBias = family.QueryKeyValueBias || hasAttentionBias,
            AttentionOutputBias = family.AttentionOutputBias || hasAttentionBias,
            FeedForwardBias = family.FeedForwardBias || settings.Flag("mlp_bias", false),
            IsTransposed = family.HasTransposedLinears,
        }.Build();
        source.RequireAllRead(config.TiedEmbeddings ? $"{family.PartNames.Head}.weight" : string.Empty);
        source.Release();
        return model;
    }

    /// <summary>Reads a sentence encoder.</summary>
    /// <param name="folder">With config.json and weights; and sentence-transformers' modules.json, where its pooling is to be checked.</param>
    /// <exception cref="SettingsFormatException">A settings file is missing or damaged, or says what is not computed here.</exception>
    /// <exception cref="SafetensorsFormatException">A file of weights is damaged.</exception>
    /// <exception cref="ModelFormatException">Weights and config.json do not fit each other, or the family does not run.</exception>
    /// <exception cref="FileNotFoundException">There are no weights.</exception>
    public static EncoderModel ReadEncoder(string folder)
    {
        var settings = JsonSettings.Read(Path.Combine(folder, FolderConfig.FileName));
        if (settings.Text("model_type") != Bert.Architecture)
        {
            throw ModelFormatException.UnknownArchitecture(
                settings.Path, settings.Text("model_type") ?? "(not given)", $"'{Bert.Architecture}' as an encoder");
        }

        ModelConfig config = EncoderFolder.ReadConfig(settings);
        EncoderFolder.CheckPooling(folder);
        using var files = SafetensorsFolder.Open(folder);
        using var source = new FolderTensors(files, "bert.");
        EncoderModel model = EncoderFolder.Build(source, config, settings.Integer("type_vocab_size", 2));
        source.RequireAllRead();
        source.Release();
        return model;
    }
}
