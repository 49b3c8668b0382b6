namespace Ratchet.Contracts.Rag;

/// <summary>The RagService refused a request; carries what its OpenAI error body said.</summary>
public sealed class RagRequestException(int status, string? code, string message, string? param = null)
    : HttpRequestException(message, null, (System.Net.HttpStatusCode)status)
{
    /// <summary>The HTTP status as a number.</summary>
    public int Status { get; } = status;

    /// <summary>The error's code, for programs.</summary>
    public string? Code { get; } = code;

    /// <summary>The field that the error is about.</summary>
    public string? Param { get; } = param;
}
