using Ratchet.Gateway.Chat.Steps;
using Ratchet.Gateway.Telemetry;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.Gateway.Chat;

/// <summary>
/// The chain that every chat passes: access, limits, route, retrieve, prompt, cache, infer, keep, cite, record. A step that
/// finds the turn answered (by the cache) leaves it as it is.
/// </summary>
public sealed class ChatPipeline(
    AccessStep access, LimitsStep limits, RouteStep route, RetrieveStep retrieve, PromptStep prompt, CacheStep cache,
    InferStep infer, KeepStep keep, CiteStep cite, RecordStep record, ChatTelemetry telemetry)
{
    private readonly IChatStep[] _steps = [access, limits, route, retrieve, prompt, cache, infer, keep, cite, record];

    /// <summary>Runs the chain; afterwards the turn holds a completion or a stream. The caller disposes of the turn.</summary>
    public async Task RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        // Owned by the turn: a stream goes on after this method, and the span ends with it.
        GenAiCall call = telemetry.Start(turn);
        turn.Call = call;
        turn.Own(call);
        try
        {
            foreach (IChatStep step in _steps)
            {
                await step.RunAsync(turn, cancellation);
            }
        }
        catch (Exception failure)
        {
            call.Fail(failure);
            throw;
        }

        ChatTelemetry.Watch(turn, call);
    }
}
