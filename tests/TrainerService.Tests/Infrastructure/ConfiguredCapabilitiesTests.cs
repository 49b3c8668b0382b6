using Ratchet.TrainerService.Infrastructure;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Tests.Infrastructure;

/// <summary>What cannot be done is known from the settings alone, where they say what computes.</summary>
public sealed class ConfiguredCapabilitiesTests
{
    private static readonly JobSettings Plain = new()
    {
        Rank = 4,
        Alpha = 8,
        Dropout = 0,
        TargetModules = ["q_proj"],
        LearningRate = 1e-4,
        Schedule = "cosine",
        SamplesPerStep = 4,
        Epochs = 1,
        LengthMax = 512,
        Seed = 1,
    };

    [Theory]
    [InlineData("process", "torch", true, true)]
    [InlineData("process", "torch", false, false)]
    [InlineData("process", "auto", true, false)]
    [InlineData("process", "managed", true, false)]
    [InlineData("external", "torch", true, false)]
    public void Only_what_is_sure_to_be_refused_later_is_refused_now(string runner, string backend, bool hasTorch, bool isRefused)
    {
        var capabilities = new ConfiguredCapabilities(runner, backend, hasTorch);

        JobError? refusal = capabilities.Refusal(Plain with { LabelSmoothing = 0.1 });

        Assert.Equal(isRefused, refusal is not null);
        Assert.Null(capabilities.Refusal(Plain));
    }

    [Fact]
    public void It_is_said_in_the_words_of_the_run()
    {
        JobSettings[] unknown =
        [
            Plain with { LabelSmoothing = 0.1 }, Plain with { LoraPlusRatio = 16 }, Plain with { PrincipalStart = true }, Plain with { Quantization = TuningMethods.Nf4 },
        ];

        JobError[] said = [.. unknown.Select(settings => new ConfiguredCapabilities("process", "torch", hasTorch: true).Refusal(settings)!)];

        Assert.Equal(["x_ratchet.label_smoothing", "x_ratchet.lora_plus_ratio", "x_ratchet.init", "x_ratchet.quantization"], said.Select(error => error.Param));
        Assert.Equal(unknown.Select(settings => SettingsRefusal.Of(settings, "torch")), said);
        Assert.All(said, error => Assert.Contains("Engine:Backend to 'managed'", error.Message, StringComparison.Ordinal));
    }
}
