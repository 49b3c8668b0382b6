using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>What the requests of all three signals are: groups of one resource, in them groups of one scope, in those the records.</summary>
/// <remarks>The fields have the same numbers in opentelemetry/proto/{trace,metrics,logs}/v1.</remarks>
internal static class OtlpRequest
{
    private const int Groups = 1;
    private const int Scopes = 2;
    private const int Records = 2;

    internal delegate void Reading(ProtobufReader record, TelemetryResource resource, TelemetryScope scope);

    /// <summary>Reads every record; those of resources that the store has no more room for are counted and left out.</summary>
    /// <exception cref="OtlpFormatException">The bytes are not in order.</exception>
    public static void Read(ReadOnlySpan<byte> request, TelemetryStore store, Reading read)
    {
        var reader = new ProtobufReader(request);
        while (reader.Next())
        {
            if (reader.Field == Groups)
            {
                ReadGroup(reader.ReadMessage(), store, read);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadGroup(ProtobufReader group, TelemetryStore store, Reading read)
    {
        TelemetryResource? resource = OtlpValues.FindResource(group, store);
        while (group.Next())
        {
            if (group.Field == Scopes)
            {
                ReadScope(group.ReadMessage(), store, resource, read);
            }
            else
            {
                group.Skip();
            }
        }
    }

    private static void ReadScope(ProtobufReader group, TelemetryStore store, TelemetryResource? resource, Reading read)
    {
        TelemetryScope scope = OtlpValues.FindScope(group, store);
        while (group.Next())
        {
            if (group.Field != Records)
            {
                group.Skip();
            }
            else if (resource is null)
            {
                group.Skip();
                store.CountRefused(1);
            }
            else
            {
                read(group.ReadMessage(), resource, scope);
            }
        }
    }
}
