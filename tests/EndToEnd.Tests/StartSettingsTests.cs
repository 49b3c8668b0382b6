using Aspire.Hosting;
using Ratchet.AppHost;

namespace Ratchet.EndToEnd.Tests;

/// <summary>What a person may say at start.</summary>
[Trait("Stack", "Both")]
public sealed class StartSettingsTests
{
    [Fact]
    public void Nothing_said_is_one_of_each_and_the_data_folder_beside_the_solution()
    {
        StartSettings settings = Read();

        Assert.Equal((1, 1, "default"), (settings.GatewayReplicas, settings.InferenceReplicas, settings.Collection));
        Assert.Equal("data", Path.GetFileName(settings.DataFolder));
        Assert.Null(settings.TrainerGpus);
        Assert.Null(settings.Backend);
    }

    [Fact]
    public void Arguments_and_configuration_keys_say_the_same()
    {
        StartSettings said = Read("--trainer-gpus", "0,1", "--inference-replicas", "3", "--backend", "Managed", "--redis", "none");
        StartSettings set = Read(
            "--Ratchet:TrainerGpus=0,1", "--Ratchet:InferenceReplicas=3", "--Ratchet:Backend=managed", "--Ratchet:Redis=none");

        Assert.Equal(said, set);
        Assert.Equal(("0,1", 3, "managed", ServerPlace.None), (set.TrainerGpus, set.InferenceReplicas, set.Backend, set.Redis));
        Assert.Equal("0,1", set.GpusOf("trainer"));
        Assert.Equal("none", set.GpusOf("rag"));
    }

    [Theory]
    [InlineData("--redis", "somewhere", "auto, container, external or none")]
    [InlineData("--backend", "gpu", "auto, managed or torch")]
    [InlineData("--gateway-replicas", "0", "from 1 to 32")]
    [InlineData("--inference-replicas", "many", "from 1 to 32")]
    [InlineData("--trainer-gpus", "first", "such as 0 or 0,1")]
    [InlineData("--target", "moon", "compose or kubernetes")]
    [InlineData("--documents", "/no/such/folder", "is no folder")]
    [InlineData("--model", "/no/such/model.gguf", "is neither a file")]
    public void What_cannot_be_is_refused_with_its_name_and_what_could_be(string name, string value, string expected)
    {
        Exception refusal = Assert.ThrowsAny<Exception>(() => Read(name, value));

        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(value, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    private static StartSettings Read(params string[] args) => StartSettings.Read(DistributedApplication.CreateBuilder(args));
}
