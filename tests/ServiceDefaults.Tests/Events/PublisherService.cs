using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Events;

/// <summary>A service with an event log.</summary>
internal static class PublisherService
{
    public static Task<TestService> StartAsync() => TestService.StartAsync(
        app => app.MapEvents(),
        builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton(services => new SqliteDatabase(
                services.GetRequiredService<ServiceData>().PathOf("x.db"), [EventLog.Migration]));
            builder.Services.AddSingleton<EventLog>();
        });
}
