using System.Text.Json;

namespace Ratchet.Contracts.OpenAI;

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">What went wrong.</param>
/// <param name="XRatchet">More than OpenAI's body holds, for example every faulty line of an upload.</param>
public sealed record ErrorBody(ErrorDetail Error, JsonElement? XRatchet = null);

/// <summary>What went wrong.</summary>
/// <param name="Message">For the user: where, what was found, what was needed, what to do.</param>
/// <param name="Type">OpenAI's class of error, for example invalid_request_error.</param>
/// <param name="Param">The field at fault.</param>
/// <param name="Code">For the program.</param>
public sealed record ErrorDetail(string Message, string? Type = null, string? Param = null, string? Code = null);
