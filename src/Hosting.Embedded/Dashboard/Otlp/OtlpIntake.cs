using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Where all deliveries go, over whichever protocol they have come.</summary>
internal sealed class OtlpIntake(TelemetryStore store, IDeliveryRecorder recorder)
{
    /// <summary>Takes in the whole request or nothing of it, and never waits for a disk.</summary>
    /// <exception cref="OtlpFormatException">The bytes are no request of this signal.</exception>
    public void Take(OtlpSignal signal, ReadOnlySpan<byte> request)
    {
        Read(signal, request, store);
        store.CountDelivery(request.Length);
        recorder.Record(signal, request);
    }

    public static void Read(OtlpSignal signal, ReadOnlySpan<byte> request, TelemetryStore store)
    {
        switch (signal)
        {
            case OtlpSignal.Traces:
                OtlpTraces.Read(request, store);
                break;
            case OtlpSignal.Metrics:
                OtlpMetrics.Read(request, store);
                break;
            default:
                OtlpLogs.Read(request, store);
                break;
        }
    }
}
