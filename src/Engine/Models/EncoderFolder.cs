using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>Reads BERT's config.json and weights from a Hugging Face folder.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The source frees every tensor where reading fails; afterwards the model owns them.")]
internal static class EncoderFolder
{
    private const long ModulesBytesMax = 1 << 20;

    /// <summary>Sizes.</summary>
    public static ModelConfig ReadConfig(JsonSettings settings)
    {
        FolderConfig.Refuse(settings, "is_decoder", "false");
        FolderConfig.Refuse(settings, "add_cross_attention", "false");
        FolderConfig.Refuse(settings, "position_embedding_type", "\"absolute\"");
        FolderConfig.Refuse(settings, "quantization_config");
        int hidden = settings.Integer("hidden_size");
        int heads = settings.Integer("num_attention_heads");
        return new ModelConfig
        {
            Architecture = Bert.Architecture,
            VocabularySize = settings.Integer("vocab_size"),
            HiddenSize = hidden,
            FeedForwardSize = settings.Integer("intermediate_size"),
            LayerCount = settings.Integer("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = hidden / heads,
            ContextLength = settings.Integer("max_position_embeddings"),
            NormEpsilon = (float)settings.Number("layer_norm_eps"),
            IsGated = false,
            Activation = FolderConfig.ReadActivation(settings, "hidden_act", Activation.Gelu),
        }.Validated(settings.Path);
    }

    /// <summary>Tokens of a text that count, from sentence-transformers' settings; null where they do not say.</summary>
    public static int? ReadTokensMax(string folder)
    {
        string path = Path.Combine(folder, "sentence_bert_config.json");
        var settings = File.Exists(path) ? JsonSettings.Read(path) : null;
        return settings?.Has("max_seq_length") == true ? settings.Integer("max_seq_length") : null;
    }

    /// <summary>Refuses a folder whose sentence embedding is not the mean over tokens.</summary>
    public static void CheckPooling(string folder)
    {
        string path = Path.Combine(folder, "modules.json");
        if (!File.Exists(path))
        {
            return;
        }

        foreach (string part in PoolingFolders(path))
        {
            var pooling = JsonSettings.Read(Path.Combine(folder, part, FolderConfig.FileName));
            foreach (string key in pooling.Keys.Where(k => k.StartsWith("pooling_mode_", StringComparison.Ordinal)))
            {
                bool isMean = key == "pooling_mode_mean_tokens";
                if (pooling.Flag(key, isMean) != isMean)
                {
                    throw pooling.Unsupported(key, isMean ? "true: the mean over tokens" : "false");
                }
            }
        }
    }

    /// <summary>Reads the weights.</summary>
    public static EncoderModel Build(FolderTensors source, ModelConfig config, int tokenTypes)
    {
        int hidden = config.HiddenSize;
        return new EncoderModel(
            config, source.Matrix(Bert.WordEmbedding, config.VocabularySize, hidden),
            source.Floats(Bert.PositionEmbedding, config.ContextLength, hidden), source.Floats(Bert.TokenTypes, tokenTypes, hidden),
            Norm(Bert.EmbeddingNorm), [.. Enumerable.Range(0, config.LayerCount).Select(Block)]);

        EncoderBlock Block(int layer)
        {
            string block = $"encoder.layer.{layer}.";
            var attention = new Attention(
                [.. Bert.AttentionInputs.Select(name => Linear(layer, block + name, hidden, hidden))],
                Linear(layer, block + Bert.AttentionOutput, hidden, hidden));
            return new EncoderBlock(
                attention, Norm(block + Bert.AttentionNorm), Linear(layer, block + Bert.Up, config.FeedForwardSize, hidden),
                Linear(layer, block + Bert.Down, hidden, config.FeedForwardSize), Norm(block + Bert.OutputNorm));
        }

        LinearLayer Linear(int layer, string name, int outputs, int inputs)
            => new(name, layer, source.Matrix($"{name}.weight", outputs, inputs), source.Floats($"{name}.bias", outputs));

        LayerNorm Norm(string name) => new(source.Floats($"{name}.weight", hidden), source.Floats($"{name}.bias", hidden));
    }

    private static List<string> PoolingFolders(string path)
    {
        try
        {
            if (new FileInfo(path).Length > ModulesBytesMax)
            {
                throw new SettingsFormatException(path, $"the file has more than {ModulesBytesMax:N0} bytes.", "Fetch the file again.");
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var folders = new List<string>();
            foreach (JsonElement module in document.RootElement.EnumerateArray())
            {
                string type = module.GetProperty("type").GetString() ?? string.Empty;
                string part = module.GetProperty("path").GetString() ?? string.Empty;
                if (!type.EndsWith("Pooling", StringComparison.Ordinal))
                {
                    continue;
                }

                folders.Add(part == Path.GetFileName(part)
                    ? part
                    : throw new SettingsFormatException(path, $"a module's path is '{part}'; a folder beside the file was needed.", "Fetch the file again."));
            }

            return folders;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SettingsFormatException(path, $"the file is no list of modules: {fault.Message}", "Fetch the file again.");
        }
    }
}
