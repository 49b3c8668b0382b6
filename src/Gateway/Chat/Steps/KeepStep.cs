using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Caching;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Keeps a whole answer for the next one who asks the same.</summary>
public sealed class KeepStep(IResponseCache cache, IOptions<CacheOptions> options) : IChatStep
{
    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.IsCached || turn.CacheKey is null)
        {
            return;
        }

        if (turn.Completion is { } completion)
        {
            await KeepAsync(turn, completion.ToJsonString(), cancellation);
        }
        else if (turn.Stream is { } stream)
        {
            turn.Stream = KeepAsync(turn, stream, cancellation);
        }
    }

    private async IAsyncEnumerable<JsonObject> KeepAsync(
        ChatTurn turn, IAsyncEnumerable<JsonObject> chunks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        StringBuilder? all = new("[");
        await foreach (JsonObject chunk in chunks.WithCancellation(cancellation))
        {
            // Written down before the steps after this one put their own things into it.
            all = chunk["error"] is null ? all?.Append(all.Length > 1 ? "," : "").Append(chunk.ToJsonString()) : null;
            all = all?.Length <= options.Value.AnswerBytesMax ? all : null;
            yield return chunk;
        }

        // Only here, past the last piece: one that broke off or was left is no answer.
        if (all is not null)
        {
            await KeepAsync(turn, all.Append(']').ToString(), cancellation);
        }
    }

    // On the way an alias may have been resolved anew, or passages left out that did not fit: then it answers another question.
    // And what another model said because the asked one failed is not the asked one's answer.
    private Task KeepAsync(ChatTurn turn, string answer, CancellationToken cancellation) =>
        turn.Fallback is null && ChatCacheKey.Of(turn) == turn.CacheKey
            ? cache.KeepAsync(
                turn.CacheKey!, Encoding.UTF8.GetBytes(answer), [.. turn.Sources.Select(hit => hit.Document.Id).Distinct()], cancellation)
            : Task.CompletedTask;
}
