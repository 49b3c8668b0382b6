using System.Text.Json.Nodes;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Hugging Face folders: several files, half precision, settings that are ignored, and those that are refused (F43, F44).</summary>
public sealed class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-folder-").FullName;

    public ModelFolderTests()
    {
        foreach (string file in (string[])["config.json", "generation_config.json", "model.safetensors"])
        {
            File.Copy(Golden.PathOf($"models/llama/model/{file}"), Path.Combine(_folder, file));
        }
    }

    private static int[] Text => [1, 40, 7, 99, 120, 3];

    [Fact]
    public void Weights_in_several_files_are_the_same_model()
    {
        float[] whole = Logits();
        Shard(3);
        Assert.Equal(whole, Logits());
    }

    [Theory]
    [InlineData(ElementType.F16, 0.05f)]
    [InlineData(ElementType.BF16, 0.4f)]
    public void Half_precision_stays_as_it_is_stored(ElementType type, float atol)
    {
        float[] single = Logits();
        Rewrite(type);
        using DecoderModel model = ModelFolder.ReadDecoder(_folder);
        Assert.All(model.Linears, l => Assert.Equal(type, l.Weight.Type));
        TensorAssert.Close(single, Logits(), atol, 0f, type.ToString());
    }

    [Fact]
    public void Settings_that_change_nothing_are_ignored()
    {
        float[] before = Logits();
        Set("some_future_switch", JsonValue.Create(7));
        Set("torch_dtype", JsonValue.Create("bfloat16"));
        Set("use_cache", JsonValue.Create(false));
        Set("attention_dropout", JsonValue.Create(0.3));
        Assert.Equal(before, Logits());
    }

    [Theory]
    [InlineData("hidden_act", "\"relu2\"")]
    [InlineData("num_local_experts", "8")]
    [InlineData("attn_logit_softcapping", "30.0")]
    [InlineData("embedding_multiplier", "12.0")]
    [InlineData("layer_types", """["full_attention", "linear_attention"]""")]
    [InlineData("quantization_config", """{"quant_method": "gptq", "bits": 4}""")]
    [InlineData("quantization_config", """{"quant_method": "bitsandbytes", "load_in_8bit": true}""")]
    public void Settings_that_change_the_result_are_refused_by_name(string key, string value)
    {
        Set(key, JsonNode.Parse(value));
        var refusal = Assert.Throws<SettingsFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose());
        Assert.Contains(key, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", refusal.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", "\"sixty\"")]
    [InlineData("num_hidden_layers", "0")]
    [InlineData("vocab_size", null)]
    public void Sizes_that_cannot_be_are_refused(string key, string? value)
    {
        Set(key, value is null ? null : JsonNode.Parse(value));
        Assert.Contains(
            key, Assert.Throws<SettingsFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_family_is_refused_with_those_that_run()
    {
        Set("model_type", JsonValue.Create("mamba"));
        var refusal = Assert.Throws<ModelFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose());
        Assert.Contains("'mamba'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'gemma2'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_no_part_uses_is_refused_and_tables_are_not()
    {
        Rewrite(ElementType.F32, ("model.layers.0.self_attn.rotary_emb.inv_freq", [8]));
        Assert.NotEmpty(Logits());
        Rewrite(ElementType.F32, ("model.layers.0.self_attn.q_proj.bias", [64]));
        Assert.Contains("q_proj.bias", Assert.Throws<ModelFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_of_another_shape_or_a_missing_one_is_refused()
    {
        Set("intermediate_size", JsonValue.Create(100));
        Assert.Contains(
            "[96, 64]", Assert.Throws<ModelFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose()).Message, StringComparison.Ordinal);
        Set("intermediate_size", JsonValue.Create(96));
        Set("num_hidden_layers", JsonValue.Create(3));
        Assert.Contains(
            "model.layers.2.", Assert.Throws<ModelFormatException>(() => ModelFolder.ReadDecoder(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_may_not_reach_outside_its_folder(string file)
    {
        File.WriteAllText(
            Path.Combine(_folder, SafetensorsFolder.IndexName),
            new JsonObject { ["weight_map"] = new JsonObject { ["model.norm.weight"] = file } }.ToJsonString());
        var refusal = Assert.Throws<SafetensorsFormatException>(() => SafetensorsFolder.Open(_folder).Dispose());
        Assert.Equal(SafetensorsFault.InvalidHeader, refusal.Fault);
    }

    [Fact]
    public void An_index_that_contradicts_its_files_is_refused()
    {
        Shard(2);
        string index = Path.Combine(_folder, SafetensorsFolder.IndexName);
        var json = JsonNode.Parse(File.ReadAllText(index))!;
        json["weight_map"]!["model.layers.9.mlp.up_proj.weight"] = "model-00001.safetensors";
        File.WriteAllText(index, json.ToJsonString());
        Assert.Equal(SafetensorsFault.MissingTensor, Assert.Throws<SafetensorsFormatException>(() => SafetensorsFolder.Open(_folder).Dispose()).Fault);
        File.Delete(Path.Combine(_folder, "model-00001.safetensors"));
        Assert.Contains(
            "model-00001", Assert.Throws<SafetensorsFormatException>(() => SafetensorsFolder.Open(_folder).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void How_a_model_would_be_asked_is_read_with_one_end_or_several()
    {
        Assert.Equal([2], GenerationConfigFile.Read(_folder).EndTokens);
        File.WriteAllText(
            Path.Combine(_folder, GenerationConfigFile.FileName),
            """{"eos_token_id": [2, 7], "temperature": 0.7, "top_k": 20, "top_p": 0.8, "repetition_penalty": 1.05, "do_sample": true, "max_new_tokens": null}""");
        var asked = GenerationConfigFile.Read(_folder);
        Assert.Equal([2, 7], asked.EndTokens);
        Assert.Equal((0.7, 20, 0.8, 1.05, true, null), (asked.Temperature, asked.TopK, asked.TopP, asked.RepetitionPenalty, asked.Samples, asked.TokensMax));
        File.WriteAllText(Path.Combine(_folder, GenerationConfigFile.FileName), """{"top_k": "many"}""");
        Assert.Contains("top_k", Assert.Throws<SettingsFormatException>(() => GenerationConfigFile.Read(_folder)).Message, StringComparison.Ordinal);
    }

    // Hostile settings: any bytes give a model or an error of our own.
    [Fact]
    public void Damaged_settings_never_crash() => Claim.Holds(200, (random, _) =>
    {
        byte[] sound = File.ReadAllBytes(Golden.PathOf("models/llama/model/config.json"));
        File.WriteAllBytes(Path.Combine(_folder, "config.json"), Mutation.Of(sound, random));
        try
        {
            ModelFolder.ReadDecoder(_folder).Dispose();
        }
        catch (FormatException)
        {
            // Refused with words.
        }
    });

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private float[] Logits()
    {
        using DecoderModel model = ModelFolder.ReadDecoder(_folder);
        using var runner = new DecoderRunner(model, Precision.Float32, 16);
        using ISequenceCache cache = runner.CreateCache(16);
        runner.Forward([new SequencePiece(cache, Text, null, LogitRows.All)]);
        return FamilyGoldenTests.Rows(runner, 0, Text.Length);
    }

    private void Set(string key, JsonNode? value)
    {
        string path = Path.Combine(_folder, "config.json");
        var settings = JsonNode.Parse(File.ReadAllBytes(path))!;
        settings[key] = value;
        File.WriteAllText(path, settings.ToJsonString());
    }

    private void Shard(int count)
    {
        string single = Path.Combine(_folder, SafetensorsFolder.SingleName);
        var map = new JsonObject();
        using (var file = SafetensorsFile.Open(single))
        {
            for (int shard = 0; shard < count; shard++)
            {
                string name = $"model-0000{shard + 1}.safetensors";
                List<KeyValuePair<string, Tensor>> part = [.. file.Tensors.Where((_, i) => i % count == shard).Select(t => new KeyValuePair<string, Tensor>(t.Name, file.ReadTensor(t.Name)))];
                SafetensorsWriter.Write(Path.Combine(_folder, name), part);
                part.ForEach(t => map[t.Key] = name);
                part.ForEach(t => t.Value.Dispose());
            }
        }

        File.Delete(single);
        File.WriteAllText(Path.Combine(_folder, SafetensorsFolder.IndexName), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private void Rewrite(ElementType type, (string Name, int[] Shape)? extra = null)
    {
        string path = Path.Combine(_folder, SafetensorsFolder.SingleName);
        var tensors = new List<KeyValuePair<string, Tensor>>();
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (SafetensorsTensorInfo info in file.Tensors)
            {
                Tensor tensor = file.ReadTensor(info.Name);
                if (type != ElementType.F32)
                {
                    var half = new Tensor(type, [.. info.Shape]);
                    BlockCodec.Quantize(type, tensor.Floats, half.Bytes);
                    tensor.Dispose();
                    tensor = half;
                }

                tensors.Add(new(info.Name, tensor));
            }
        }

        if (extra is { } more)
        {
            tensors.Add(new(more.Name, Tensor.FromFloats(new float[more.Shape.Aggregate(1, (a, b) => a * b)], more.Shape)));
        }

        SafetensorsWriter.Write(path, tensors);
        tensors.ForEach(t => t.Value.Dispose());
    }
}
