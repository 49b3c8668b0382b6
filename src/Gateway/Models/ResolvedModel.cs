namespace Ratchet.Gateway.Models;

/// <summary>What a request's `model` means, decided once at admission.</summary>
/// <param name="Id">The exact id that is sent on and stands in the reply.</param>
/// <param name="Adapter">The adapter's exact id; null where the base answers.</param>
/// <param name="Alias">The alias it came by; null where the request was exact.</param>
public sealed record ResolvedModel(string Id, string? Adapter, string? Alias);
