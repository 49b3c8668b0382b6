using Ratchet.Gateway.Models;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Decides, once and for the whole answer, which exact model answers and whether retrieval helps it.</summary>
public sealed class RouteStep(ModelRouter router) : IChatStep
{
    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        turn.Retrieval = RetrievalWish.Read(turn.Request.Retrieval);
        turn.Model = await router.ResolveAsync(turn.Request.Model, cancellation);
    }
}
