using System.Text.Json;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Formats.HuggingFace;

public sealed class AdapterConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("adapter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read_again()
    {
        var config = new AdapterConfigFile
        {
            BaseModel = "smollm2-135m-instruct",
            Rank = 16,
            Alpha = 12.5,
            Dropout = 0.05,
            TargetModules = ["q_proj", "v_proj"],
            LayersToTransform = [0, 3],
            RankStabilized = true,
            RankPattern = new Dictionary<string, int> { ["v_proj"] = 4 },
            AlphaPattern = new Dictionary<string, double> { ["v_proj"] = 2 },
        };

        config.Write(_folder);
        var again = AdapterConfigFile.Read(_folder);

        Assert.Equal(JsonSerializer.Serialize(config), JsonSerializer.Serialize(again));
        Assert.Equal(["adapter_config.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Only_the_keys_that_every_loader_knows_are_written()
    {
        new AdapterConfigFile { TargetModules = ["q_proj"], Alpha = 16 }.Write(_folder);

        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, AdapterConfigFile.FileName)));

        Assert.Equal(
            [
                "base_model_name_or_path", "bias", "fan_in_fan_out", "inference_mode", "init_lora_weights", "lora_alpha",
                "lora_dropout", "peft_type", "r", "target_modules", "task_type", "use_rslora",
            ],
            json.RootElement.EnumerateObject().Select(entry => entry.Name));
        Assert.Equal("16", json.RootElement.GetProperty("lora_alpha").GetRawText());
    }

    [Theory]
    [InlineData("""{"peft_type":"LORA","r":8,"target_modules":["q_proj"],"some_future_switch":null,"loftq_config":{}}""")]
    [InlineData("""{"peft_type":"LORA","r":8,"lora_alpha":12.5,"target_modules":"all-linear","task_type":null}""")]
    [InlineData("""{"peft_type":"LORA","target_modules":["q_proj"],"layer_replication":null,"use_qalora":false}""")]
    [InlineData("""{"peft_type":"LORA","target_modules":".*\\.q_proj","layers_to_transform":1,"init_lora_weights":"gaussian"}""")]
    public void Keys_that_change_nothing_are_ignored(string json)
    {
        Write(json);

        Assert.Equal(8, AdapterConfigFile.Read(_folder).Rank);
    }

    [Theory]
    [InlineData("""{"peft_type":"IA3"}""", AdapterFault.UnsupportedAdapter, "IA3")]
    [InlineData("""{"use_qalora":true}""", AdapterFault.UnsupportedAdapter, "use_qalora")]
    [InlineData("""{"layer_replication":[[0,4],[2,5]]}""", AdapterFault.UnsupportedAdapter, "layer_replication")]
    [InlineData("""{"lora_bias":true}""", AdapterFault.UnsupportedAdapter, "lora_bias")]
    [InlineData("""{"bias":"all"}""", AdapterFault.UnsupportedAdapter, "bias")]
    [InlineData("""{"init_lora_weights":"pissa_niter_4"}""", AdapterFault.UnsupportedAdapter, "pissa")]
    [InlineData("""{"r":0}""", AdapterFault.InvalidSetting, "r is 0")]
    [InlineData("""{"r":"eight"}""", AdapterFault.InvalidSetting, "eight")]
    [InlineData("""{"r":2.5}""", AdapterFault.InvalidSetting, "2.5")]
    [InlineData("""{"lora_dropout":1.5}""", AdapterFault.InvalidSetting, "1.5")]
    [InlineData("""{"lora_alpha":-1}""", AdapterFault.InvalidSetting, "-1")]
    [InlineData("""{"target_modules":"*("}""", AdapterFault.InvalidSetting, "*(")]
    [InlineData("""{"target_modules":[1]}""", AdapterFault.InvalidSetting, "target_modules")]
    [InlineData("""{"rank_pattern":{"q_proj":0}}""", AdapterFault.InvalidSetting, "rank_pattern.q_proj")]
    [InlineData("""{"use_dora":"yes"}""", AdapterFault.InvalidSetting, "use_dora")]
    [InlineData("[]", AdapterFault.InvalidFile, "object")]
    [InlineData("""{"r":8,"lora""", AdapterFault.InvalidFile, "JSON")]
    public void What_would_change_the_results_is_refused_by_name(string json, AdapterFault fault, string named)
    {
        Write(json);

        AdapterFormatException refused = Assert.Throws<AdapterFormatException>(() => AdapterConfigFile.Read(_folder));

        Assert.Equal(fault, refused.Fault);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_the_file_is_refused() => Assert.Equal(
        AdapterFault.MissingFile,
        Assert.Throws<AdapterFormatException>(() => AdapterConfigFile.Read(Path.Combine(_folder, "nothing"))).Fault);

    [Fact]
    public void Damaged_files_are_refused_and_never_crash()
    {
        new AdapterConfigFile { TargetModules = ["q_proj"], RankPattern = new Dictionary<string, int> { ["a"] = 1 } }.Write(_folder);
        string path = Path.Combine(_folder, AdapterConfigFile.FileName);
        byte[] whole = File.ReadAllBytes(path);

        Claim.Holds(cases: 300, (random, size) =>
        {
            byte[] damaged = Mutation.Of(whole, random);
            File.WriteAllBytes(path, damaged);
            try
            {
                _ = AdapterConfigFile.Read(_folder);
            }
            catch (AdapterFormatException)
            {
                // Refused with its kind: as it should be.
            }
        });
    }

    private void Write(string json) => File.WriteAllText(Path.Combine(_folder, AdapterConfigFile.FileName), json);
}
