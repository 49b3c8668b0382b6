using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Writes a <see cref="DecoderModel"/> as a Hugging Face folder, the way <see cref="ModelFolder"/> reads it.</summary>
internal sealed class FolderWriter
{
    // What people's tools read beside the weights; config.json is written, not copied.
    private static readonly string[] Companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model",
        "chat_template.jinja", "generation_config.json",
    ];

    private readonly DecoderModel _model;
    private readonly ElementType _type;
    private readonly DecoderFamily _family;
    private readonly List<(string Name, long Bytes, Func<(Tensor Tensor, float Largest)> Make)> _entries = [];

    private FolderWriter(DecoderModel model, ElementType type)
    {
        _model = model;
        _type = type;
        _family = DecoderFamily.Of(model.Config.Architecture);
    }

    /// <summary>Writes config.json, the weights and, where the base is a folder, its tokenizer files.</summary>
    public static IReadOnlyList<WrittenTensor> Write(DecoderModel model, string folder, ElementType type, string? baseFolder, long shardBytesMax)
    {
        if (type.BlockSize() != 1)
        {
            throw new ModelExportException($"safetensors have no {type}. Choose F32, F16 or BF16, or export GGUF.");
        }

        JsonObject config = baseFolder is null ? FolderConfigWriter.Describe(model) : ReadConfig(Path.Combine(baseFolder, FolderConfig.FileName));
        config.Remove("quantization_config");
        config.Remove("torch_dtype");
        config["dtype"] = type switch
        {
            ElementType.F16 => "float16",
            ElementType.BF16 => "bfloat16",
            _ => "float32",
        };
        config["tie_word_embeddings"] = ReferenceEquals(model.Head, model.TokenEmbedding);
        Directory.CreateDirectory(folder);
        var writer = new FolderWriter(model, type);
        writer.Collect();
        List<WrittenTensor> written = writer.WriteShards(folder, shardBytesMax);
        foreach (string name in Companions.Where(name => baseFolder is not null && File.Exists(Path.Combine(baseFolder, name))))
        {
            File.Copy(Path.Combine(baseFolder!, name), Path.Combine(folder, name), overwrite: true);
        }

        // Last, so that a folder with a config.json is whole.
        WholeFile.Write(Path.Combine(folder, FolderConfig.FileName), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return written;
    }

    private static JsonObject ReadConfig(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new JsonException("it is no object.");
        }
        catch (JsonException fault)
        {
            throw new SettingsFormatException(path, $"the file is no JSON object: {fault.Message}", "Fetch the file again.");
        }
    }

    private void Collect()
    {
        DecoderPartNames parts = _model.PartNames;
        Matrix($"{parts.TokenEmbedding}.weight", _model.TokenEmbedding, isTransposed: false);
        if (_model.PositionEmbedding is { } positions)
        {
            Floats($"{parts.PositionEmbedding}.weight", positions);
        }

        foreach (DecoderBlock block in _model.Blocks)
        {
            foreach (LinearLayer linear in block.Linears)
            {
                Matrix($"{linear.Name}.weight", linear.Weight, linear.IsStoredTransposed);
                Floats($"{linear.Name}.bias", linear.Bias);
            }

            foreach (NormLayer norm in block.Norms)
            {
                Norm(norm);
            }
        }

        Norm(_model.FinalNorm);
        if (!ReferenceEquals(_model.Head, _model.TokenEmbedding))
        {
            Matrix($"{parts.Head}.weight", _model.Head, isTransposed: false);
        }

        Floats($"{parts.Head}.bias", _model.HeadBias);
    }

    private void Norm(NormLayer norm)
    {
        // A model from GGUF holds the 1 that these files leave out.
        float offset = _model.Config.NormOffset - _family.NormOffset;
        Add($"{norm.Name}.weight", norm.Size, () =>
        {
            float[] gains = norm.Weight.Floats.ToArray();
            System.Numerics.Tensors.TensorPrimitives.Add(gains, offset, gains);
            return (StoredRows.Floats(gains, _type, [gains.Length], out float largest), largest);
        });
        Floats($"{norm.Name}.bias", norm.Bias);
    }

    private void Floats(string name, Tensor? tensor)
    {
        if (tensor is not null)
        {
            Add(name, tensor.Count, () => (StoredRows.Floats(tensor.Floats, _type, tensor.Shape, out float largest), largest));
        }
    }

    private void Matrix(string name, WeightMatrix matrix, bool isTransposed)
        => Add(name, (long)matrix.Outputs * matrix.Inputs, () =>
        {
            Tensor stored = StoredRows.Matrix(matrix, _type, row => row, out float largest);
            return (isTransposed ? FolderTensors.Transposed(stored) : stored, largest);
        });

    private void Add(string name, long count, Func<(Tensor Tensor, float Largest)> make) => _entries.Add((name, count * _type.BlockBytes(), make));

    private List<WrittenTensor> WriteShards(string folder, long shardBytesMax)
    {
        List<List<int>> shards = [[]];
        long bytes = 0;
        for (int i = 0; i < _entries.Count; i++)
        {
            if (shards[^1].Count > 0 && bytes + _entries[i].Bytes > shardBytesMax)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(i);
            bytes += _entries[i].Bytes;
        }

        var written = new List<WrittenTensor>();
        var map = new JsonObject();
        for (int shard = 0; shard < shards.Count; shard++)
        {
            string file = shards.Count == 1 ? "model.safetensors" : $"model-{shard + 1:D5}-of-{shards.Count:D5}.safetensors";
            var tensors = new List<KeyValuePair<string, Tensor>>();
            try
            {
                foreach (int at in shards[shard])
                {
                    (string name, _, Func<(Tensor Tensor, float Largest)> make) = _entries[at];
                    (Tensor tensor, float largest) = make();
                    tensors.Add(new(name, tensor));
                    if (!float.IsFinite(largest))
                    {
                        throw new ModelExportException($"{name} holds numbers beyond {_type}. Export F32 or BF16.");
                    }

                    written.Add(new WrittenTensor(name, _type, largest));
                    map[name] = file;
                }

                SafetensorsWriter.Write(Path.Combine(folder, file), tensors, new Dictionary<string, string> { ["format"] = "pt" });
            }
            finally
            {
                foreach ((_, Tensor tensor) in tensors)
                {
                    tensor.Dispose();
                }
            }
        }

        if (shards.Count > 1)
        {
            var index = new JsonObject
            {
                ["metadata"] = new JsonObject { ["total_size"] = _entries.Sum(e => e.Bytes) },
                ["weight_map"] = map,
            };
            WholeFile.Write(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }

        return written;
    }
}
