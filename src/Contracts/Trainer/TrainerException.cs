using System.Net;

namespace Ratchet.Contracts.Trainer;

/// <summary>The trainer refused a call; carries what its error body said.</summary>
public sealed class TrainerException(HttpStatusCode status, string? code, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>The body's <c>error.code</c>; null where the answer was not an error body.</summary>
    public string? Code { get; } = code;
}
