using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Gateway.Telemetry;
using Ratchet.ServiceDefaults.Caching;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Gives an answer again that was given to the same question, by the same adapter, from the same corpus.</summary>
public sealed class CacheStep(IResponseCache cache, ChatTelemetry telemetry, TimeProvider clock) : IChatStep
{
    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.IsAnswered || ChatCacheKey.Of(turn) is not { } key)
        {
            return;
        }

        turn.CacheKey = key;
        JsonNode? kept = await cache.FindAsync(key, cancellation) is { } bytes ? Parse(bytes) : null;
        string id = $"chatcmpl-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        switch (kept)
        {
            case JsonObject completion:
                turn.Completion = Renew(completion, id, turn);
                break;
            case JsonArray chunks:
                turn.Stream = ReplayAsync(chunks, id, turn);
                break;
            default:
                break;
        }

        turn.IsCached = turn.IsAnswered;
        telemetry.CountCache(turn.IsCached);
    }

    // A chat of its own: it is recorded and judged by itself.
    private static JsonObject Renew(JsonObject answer, string id, ChatTurn turn)
    {
        answer["id"] = id;
        answer["created"] = turn.CreatedAt.ToUnixTimeSeconds();
        return answer;
    }

#pragma warning disable CS1998 // Nothing to wait for: all of it is there.
    private static async IAsyncEnumerable<JsonObject> ReplayAsync(JsonArray chunks, string id, ChatTurn turn)
#pragma warning restore CS1998
    {
        foreach (JsonObject chunk in chunks.OfType<JsonObject>().ToArray())
        {
            chunks.Remove(chunk);
            yield return Renew(chunk, id, turn);
        }
    }

    private static JsonNode? Parse(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
