using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Regular expressions come out of files that strangers made.</summary>
public sealed class AdapterPatternTests
{
    [Theory]
    [InlineData("[", "rank_pattern is no regular expression")]
    [InlineData("(?:(?:\\w+|\\w+|[.])+)+(?!.|$)", "takes more than 500 ms")]
    public void A_pattern_that_is_none_or_never_ends_is_refused(string pattern, string problem)
    {
        using DecoderModel model = TinyModel.Create();
        var config = new LoraConfig { Rank = 2, TargetModules = ["q_proj"], RankPattern = new Dictionary<string, int> { [pattern] = 4 } };

        AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(() => LoraAdapter.Create(model, config, 1).Dispose());

        Assert.Equal(AdapterFault.InvalidSetting, refusal.Fault);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}
