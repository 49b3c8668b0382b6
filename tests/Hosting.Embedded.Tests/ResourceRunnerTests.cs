using Aspire.Hosting.Orchestration;

namespace Ratchet.Hosting.Embedded.Tests;

public sealed class ResourceRunnerTests
{
    [Fact]
    public void The_pause_before_a_restart_doubles_up_to_a_minute()
    {
        var options = new OrchestratorOptions();

        Assert.Equal(
            [1.0, 2, 4, 8, 16, 32, 60, 60, 60],
            Enumerable.Range(1, 9).Select(crash => ResourceRunner.DelayBeforeRestart(crash, options).TotalSeconds));
        Assert.Equal(60, ResourceRunner.DelayBeforeRestart(1_000_000, options).TotalSeconds);
    }
}
