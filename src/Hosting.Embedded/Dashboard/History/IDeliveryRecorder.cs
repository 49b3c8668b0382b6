using Aspire.Hosting.Dashboard.Otlp;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>Keeps deliveries beyond this run, or does not.</summary>
internal interface IDeliveryRecorder
{
    /// <summary>Returns at once; what cannot be kept is dropped and counted.</summary>
    void Record(OtlpSignal signal, ReadOnlySpan<byte> request);
}
