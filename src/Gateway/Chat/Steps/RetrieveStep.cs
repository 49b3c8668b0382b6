using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Looks the question up in the knowledge.</summary>
public sealed class RetrieveStep(RagClient rag, IOptions<GatewayOptions> options) : IChatStep
{
    // The search embeds the question; what a person asks stands in its beginning, not in a pasted file.
    private const int QueryLengthMax = 2000;

    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.IsAnswered || !turn.Retrieval.IsOn || turn.Question is null)
        {
            return;
        }

        string query = turn.Question.Length <= QueryLengthMax ? turn.Question : turn.Question[..QueryLengthMax];
        try
        {
            SearchResponse found = await rag.SearchAsync(
                new SearchRequest(
                    query,
                    turn.Retrieval.Collection ?? options.Value.Collection,
                    turn.Retrieval.TopK ?? options.Value.TopK,
                    turn.Retrieval.Filter),
                cancellation);
            turn.Hits = found.Data;
            turn.Answerable = found.Answerable;
            turn.CorpusVersion = found.Generation;
        }
        catch (RagRequestException refusal) when (refusal.Status is >= 400 and < 500)
        {
            throw new ApiException(
                refusal.Status, refusal.Code ?? "retrieval_refused", refusal.Message,
                refusal.Param is null ? "retrieval" : $"retrieval.{refusal.Param}");
        }
        catch (Exception failure) when (failure is HttpRequestException
            || (failure is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            ApiException away = ServiceErrors.Away(Services.Rag);
            throw new ApiException(
                503, away.Code, away.Message + " To be answered without the knowledge meanwhile, send \"retrieval\": false.")
            {
                RetryAfter = away.RetryAfter,
            };
        }
    }
}
