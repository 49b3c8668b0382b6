using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>The sample's two services, started as a test starts an application.</summary>
public sealed class RunningSample : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private RunningSample(DistributedApplication app) => App = app;

    public DistributedApplication App { get; }

    public ResourceNotificationService Notifications => App.ResourceNotifications;

    public static async Task<RunningSample> StartAsync(params string[] args)
    {
        IDistributedApplicationTestingBuilder builder =
            await DistributedApplicationTestingBuilder.CreateAsync<SampleProject>(["host", .. args]).WaitAsync(Patience);
        DistributedApplication app = await builder.BuildAsync().WaitAsync(Patience);
        await app.StartAsync().WaitAsync(Patience);
        return new RunningSample(app);
    }

    public static async Task<RunningSample> StartHealthyAsync(params string[] args)
    {
        RunningSample sample = await StartAsync(args);
        await sample.HealthyAsync("second");
        return sample;
    }

    public Task<ResourceEvent> HealthyAsync(string name) => Notifications.WaitForResourceHealthyAsync(name).WaitAsync(Patience);

    public Task<ResourceEvent> StateAsync(string name, Func<CustomResourceSnapshot, bool> predicate) =>
        Notifications.WaitForResourceAsync(name, now => predicate(now.Snapshot)).WaitAsync(Patience);

    public async Task<T> GetAsync<T>(string name, string path)
    {
        using HttpClient client = App.CreateHttpClient(name);
        return (await client.GetFromJsonAsync<T>(path))!;
    }

    public async Task<string> PostAsync(string name, string path)
    {
        using HttpClient client = App.CreateHttpClient(name);
        try
        {
            using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), content: null);
            return await response.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            // It has crashed as asked.
            return "";
        }
    }

    public async ValueTask DisposeAsync() => await App.DisposeAsync();
}
