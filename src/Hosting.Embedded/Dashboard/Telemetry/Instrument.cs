namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>What is measured, and where.</summary>
/// <param name="Resource">Name of the service; its replicas are told apart by a dimension.</param>
/// <param name="Meter">The source within the service.</param>
/// <param name="Unit">As UCUM has it, for example "s" or "{token}".</param>
/// <param name="IsDelta">Whether a point counts since the point before it, not since the start.</param>
public sealed record Instrument(
    string Resource, string Meter, string Name, string Description, string Unit, InstrumentKind Kind, bool IsDelta);
