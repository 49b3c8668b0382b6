using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Inference;
using Ratchet.InferenceService.Serving;

namespace Ratchet.InferenceService.Tests.Serving;

/// <summary>What a model's makers say in generation_config.json counts where a request says nothing.</summary>
public sealed class SamplingFieldsTests
{
    private static readonly GenerationConfigFile Makers = new() { Temperature = 0.6, TopP = 0.9, TopK = 20, RepetitionPenalty = 1.1 };

    [Fact]
    public void A_request_that_says_nothing_is_answered_as_the_makers_say()
    {
        GenerationConfig config = Config(new SamplingFields(), Makers);

        Assert.Equal((0.6f, 0.9f, 20, 1.1f), (config.Temperature, config.TopP, config.TopK, config.RepetitionPenalty));
    }

    [Fact]
    public void What_a_request_says_counts()
    {
        GenerationConfig config = Config(new SamplingFields { Temperature = 1f, TopP = 1f, TopK = 0, RepetitionPenalty = 1f }, Makers);

        Assert.Equal((1f, 1f, 0, 1f), (config.Temperature, config.TopP, config.TopK, config.RepetitionPenalty));
    }

    [Fact]
    public void Makers_that_do_not_sample_are_answered_greedily() =>
        Assert.Equal(0f, Config(new SamplingFields(), new() { Samples = false, Temperature = 0.7 }).Temperature);

    [Fact]
    public void Nothing_said_by_anyone_is_OpenAIs_usual()
    {
        GenerationConfig config = Config(new SamplingFields(), new());

        Assert.Equal((1f, 1f, 0, 1f), (config.Temperature, config.TopP, config.TopK, config.RepetitionPenalty));
    }

    [Fact]
    public void What_no_request_may_say_is_kept_to_what_it_may()
    {
        GenerationConfig config = Config(new SamplingFields(), new() { Temperature = 5, TopP = 1.5, RepetitionPenalty = 0 });

        Assert.Equal((2f, 1f, 0.01f), (config.Temperature, config.TopP, config.RepetitionPenalty));
    }

    private static GenerationConfig Config(SamplingFields fields, GenerationConfigFile makers) => fields.Or(makers).ToConfig(8, [], wantsLogprobs: false, 0);
}
