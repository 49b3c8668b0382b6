using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Tools;

/// <summary>The request's `x_ratchet` field: whether the gateway's own functions are offered to the model.</summary>
public static class ToolsWish
{
    private const string Extension = "x_ratchet";
    private const string Field = "x_ratchet.tools";
    private const string Server = "server";

    /// <summary>Takes the wish out of the request: the model service knows no such field.</summary>
    /// <returns>Whether the gateway's functions are wanted.</returns>
    /// <exception cref="ApiException">400: it says something else, or the request brings functions too.</exception>
    public static bool Take(ChatCompletionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Extra is null || !request.Extra.Remove(Extension, out JsonElement extension) || extension.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        if (extension.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.BadField(Extension, "x_ratchet must be an object, for example {\"tools\": \"server\"}.");
        }

        if (!extension.TryGetProperty("tools", out JsonElement tools) || tools.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        if (tools.ValueKind != JsonValueKind.String || tools.GetString() != Server)
        {
            throw ApiException.BadField(Field, "x_ratchet.tools takes \"server\": the functions of the gateway, which it runs itself.");
        }

        if (request.Tools is { ValueKind: JsonValueKind.Array } own && own.GetArrayLength() > 0)
        {
            throw ApiException.BadField(
                Field,
                "x_ratchet.tools is 'server' and tools brings functions too. The gateway runs its own and cannot run yours: send one of "
                + "the two.");
        }

        return true;
    }
}
