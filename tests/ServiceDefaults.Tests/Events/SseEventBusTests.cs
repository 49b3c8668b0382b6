using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Events;

/// <summary>Events as server-sent events; the followers of a group share a folder.</summary>
public sealed class SseEventBusTests : EventBusContract
{
    protected override async Task<IBusUnderTest> StartAsync() => new Bus(await PublisherService.StartAsync());

    private sealed class Bus(TestService publisher) : IBusUnderTest
    {
        private readonly ServiceData _data = new(Directory.CreateTempSubdirectory("ratchet-follower-").FullName);

        public EventLog Log => publisher.Services.GetRequiredService<EventLog>();

        public IEventBus Follower(string name) => new SseEventBus(
            _ => publisher.Client, _data, TimeProvider.System, NullLoggerFactory.Instance);

        public async ValueTask DisposeAsync()
        {
            await publisher.DisposeAsync();
            _data.Dispose();
            Directory.Delete(_data.Folder, recursive: true);
        }
    }
}
