using System.Diagnostics.Metrics;

namespace Ratchet.ServiceDefaults.Telemetry;

/// <summary>Meters that live as long as the host.</summary>
public static class MeterFactoryExtensions
{
    /// <summary>The service's meter; the factory owns it and ends it.</summary>
    public static Meter MeterOf(this IMeterFactory factory, string name)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return factory.Create(name);
    }
}
