using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Contracts;

namespace Ratchet.Gateway.Chat;

/// <summary>Everything that an answer depends on, as a hash; so an answer of another adapter or corpus is never found.</summary>
public static class ChatCacheKey
{
    // Changes with the shape of what is kept.
    private const int Version = 1;

    /// <summary>The turn's key once its prompt stands; null where the same request may be answered differently.</summary>
    public static string? Of(ChatTurn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        if (turn.Model is null || turn.Request is not { Temperature: 0, N: null or 1 })
        {
            return null;
        }

        // The exact id takes the place of the name, and what was retrieved that of the wish to retrieve.
        JsonObject request = JsonSerializer.SerializeToNode(turn.Request, WireJson.Options)!.AsObject();
        request.Remove("model");
        request.Remove("retrieval");
        var parts = new JsonObject
        {
            ["version"] = Version,
            ["model"] = turn.Model.Id,
            ["prompt"] = GroundedPrompt.Version,
            ["corpus"] = turn.CorpusVersion,
            ["answerable"] = turn.Answerable,
            ["chunks"] = new JsonArray([.. turn.Sources.Select(hit => (JsonNode?)hit.Chunk.Id)]),
            ["request"] = request,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)));
    }
}
