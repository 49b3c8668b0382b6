using System.Text.Json;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService.Registry;

/// <summary>Reads the bodies of alias moves, telling what is missing in words.</summary>
internal static class AliasRequests
{
    public static MoveAliasRequest ReadMove(JsonElement body) => new()
    {
        Adapter = Text(body, "adapter") ?? throw ApiException.BadField(
            "adapter", "It is missing; the exact id of an adapter is needed. GET /v1/adapters lists them."),
        ExpectedVersion = Version(body),
        Reason = Text(body, "reason"),
        Actor = Text(body, "actor"),
    };

    public static RollbackAliasRequest ReadRollback(JsonElement body) => new()
    {
        ExpectedVersion = Version(body),
        Reason = Text(body, "reason"),
        Actor = Text(body, "actor"),
    };

    private static long Version(JsonElement body)
    {
        JsonElement value = Member(body, "expected_version");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long version) && version >= 0
            ? version
            : throw ApiException.BadField(
                "expected_version",
                "It is missing or not a whole number from 0 up. Send the version that GET /v1/aliases shows; 0 creates the alias.");
    }

    private static string? Text(JsonElement body, string name)
    {
        JsonElement value = Member(body, name);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String when value.GetString()!.Length is > 0 and <= 2000 => value.GetString(),
            _ => throw ApiException.BadField(name, "A string of 1 to 2,000 characters is needed."),
        };
    }

    private static JsonElement Member(JsonElement body, string name) => body.ValueKind != JsonValueKind.Object
        ? throw new ApiException(400, "invalid_type", "The body is not a JSON object; one is needed.")
        : body.TryGetProperty(name, out JsonElement value) ? value : default;
}
