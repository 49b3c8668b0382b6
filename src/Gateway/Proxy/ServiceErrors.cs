using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Proxy;

/// <summary>What callers are told when a service refuses, or is away.</summary>
public static class ServiceErrors
{
    private static readonly TimeSpan WorthAnotherTry = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, string> Tasks = new()
    {
        [Services.Rag] = "keeps documents, search and examples",
        [Services.Trainer] = "keeps files, jobs, adapters and cycles",
        [Services.Inference] = "runs the model",
    };

    /// <summary>503: nobody answers at the service's address.</summary>
    public static ApiException Away(string service) => new(
        503, $"{service}_away",
        $"The service '{service}', which {Tasks[service]}, does not answer. It may be starting: try again in some seconds. If it "
        + "stays away, the dashboard shows its log and can restart it; nothing that was acknowledged is lost.")
    {
        RetryAfter = WorthAnotherTry,
    };

    /// <summary>The refusal of a service, in its own words.</summary>
    public static async Task<ApiException> ReadAsync(
        HttpResponseMessage response, string service, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        string text = await response.Content.ReadAsStringAsync(cancellation);
        if (service == Services.Inference && status is 401 or 403)
        {
            // The caller's own key was checked long before; this is about ours.
            return new ApiException(
                502, "inference_refuses",
                $"The model's server answered {status}: the gateway's key for it (Serving:ApiKey, or the host's service key) is missing or "
                + "wrong. Whoever runs this installation has to mend it.");
        }

        string code = "service_error";
        string? param = null;
        string message = $"The service '{service}' answered {status}. Its log says more.";
        object? details = null;
        try
        {
            using var body = JsonDocument.Parse(text);
            if (ErrorOf(body.RootElement) is { } error)
            {
                message = Member(error, "message") ?? message;
                code = Member(error, "code") ?? CodeFor(status, message);
                param = Member(error, "param");
                details = body.RootElement.TryGetProperty("x_ratchet", out JsonElement more) ? more.Clone() : null;
            }
        }
        catch (JsonException)
        {
            // Not one of our services' bodies: the status has to speak.
        }

        return new ApiException(status, code, message, param)
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
            Details = details,
        };
    }

    // OpenAI's body, ours and newer vLLM's, has the error inside; older vLLM's is the error itself.
    private static JsonElement? ErrorOf(JsonElement body) => body.ValueKind != JsonValueKind.Object ? null
        : body.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object ? error
        : Member(body, "object") == "error" ? body
        : null;

    // vLLM's code is the status once more, as a number.
    private static string CodeFor(int status, string message) =>
        message.Contains("maximum context length", StringComparison.OrdinalIgnoreCase) ? "context_length_exceeded"
        : status == 404 ? "model_not_found"
        : "service_error";

    private static string? Member(JsonElement error, string name) =>
        error.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
