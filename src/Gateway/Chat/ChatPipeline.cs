using Ratchet.Gateway.Chat.Steps;

namespace Ratchet.Gateway.Chat;

/// <summary>
/// The chain that every chat passes: access, limits, route, retrieve, prompt, infer, cite, record. A step that finds the
/// turn answered (by a cache put before it) leaves it as it is.
/// </summary>
public sealed class ChatPipeline(
    AccessStep access, LimitsStep limits, RouteStep route, RetrieveStep retrieve, PromptStep prompt, InferStep infer,
    CiteStep cite, RecordStep record)
{
    private readonly IChatStep[] _steps = [access, limits, route, retrieve, prompt, infer, cite, record];

    /// <summary>Runs the chain; afterwards the turn holds a completion or a stream. The caller disposes of the turn.</summary>
    public async Task RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        foreach (IChatStep step in _steps)
        {
            await step.RunAsync(turn, cancellation);
        }
    }
}
