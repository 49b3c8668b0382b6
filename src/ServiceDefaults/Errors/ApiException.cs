namespace Ratchet.ServiceDefaults.Errors;

/// <summary>A request cannot be served; the client gets OpenAI's error body.</summary>
/// <param name="status">HTTP status code, 400 to 599.</param>
/// <param name="code">For the program, for example model_not_found.</param>
/// <param name="message">For the user: where, what was found, what was needed, what to do.</param>
/// <param name="param">The field at fault, if one is.</param>
public sealed class ApiException(int status, string code, string message, string? param = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Param { get; } = param;

    /// <summary>Set for 429 and 503: when it is worth another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Written as `x_ratchet` beside the error, for example every faulty line of an upload.</summary>
    public object? Details { get; init; }

    /// <summary>404: the thing that was named does not exist.</summary>
    public static ApiException NotFound(string what, string id, string remedy) => new(
        404, "not_found", $"There is no {what} '{id}'. {remedy}");

    /// <summary>400: a field of the request is not usable.</summary>
    public static ApiException BadField(string param, string message) => new(400, "invalid_value", message, param);
}
