using Aspire.Hosting.Dashboard.Otlp;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>For a host without a data folder.</summary>
internal sealed class NoRecorder : IDeliveryRecorder
{
    public void Record(OtlpSignal signal, ReadOnlySpan<byte> request)
    {
    }
}
