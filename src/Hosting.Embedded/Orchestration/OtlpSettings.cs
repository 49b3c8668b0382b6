namespace Aspire.Hosting.Orchestration;

/// <summary>Where services send their telemetry, if anybody listens.</summary>
internal sealed record OtlpSettings(string? Endpoint, string Protocol, string ApiKey, bool IsDevelopment);
