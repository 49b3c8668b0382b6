using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Telemetry;
using Aspire.Hosting.Orchestration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>A dashboard without an application, on ports of its own.</summary>
public sealed class RunningDashboard : IAsyncDisposable
{
    public const string Token = "0123456789abcdef0123456789abcdef";
    public const string OtlpKey = "a key for exporters";
    public const string ReadKey = "a key for readers";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly RunRecorder? _recorder;

    private RunningDashboard(WebApplication app, DashboardOptions options, TelemetryStore store, RunRecorder? recorder)
    {
        _app = app;
        _recorder = recorder;
        Store = store;
        Address = new Uri(options.Address);
        Grpc = new Uri(options.GrpcAddress!);
        Http = Client();
    }

    public Uri Address { get; }

    public Uri Grpc { get; }

    public TelemetryStore Store { get; }

    public ResourceNotificationService Notifications { get; private init; } = null!;

    public ResourceLoggerService Logs { get; private init; } = null!;

    /// <summary>Items that the history has on disk.</summary>
    public long RecordedCount => _recorder?.WrittenCount ?? 0;

    /// <summary>Keeps cookies and does not follow redirects; nobody is logged in at first.</summary>
    public HttpClient Http { get; }

    public static async Task<RunningDashboard> StartAsync(TelemetryLimits? limits = null, bool isAnonymousAllowed = false, string? dataFolder = null)
    {
        var ports = new PortAllocator(randomize: true);
        string address = $"http://localhost:{ports.Allocate(null)}";
        string grpc = $"http://localhost:{ports.Allocate(null)}";
        var options = new DashboardOptions(address, grpc, [address, grpc], Token, OtlpKey, ReadKey, isAnonymousAllowed, dataFolder);
        var store = new TelemetryStore(limits);
        var notifications = new ResourceNotificationService();
        var logs = new ResourceLoggerService();
        ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        notifications.Services = services;
        var commands = new ResourceCommandService(notifications, logs, services);
        RunArchive? archive = dataFolder is null ? null : new RunArchive(dataFolder, TimeProvider.System);
        RunRecorder? recorder = archive is null ? null : new RunRecorder(archive.CurrentPath, TimeProvider.System, fault => Assert.Fail(fault.ToString()));
        WebApplication app = DashboardServer.Create(options, notifications, logs, commands, store, archive, recorder);
        await app.StartAsync().WaitAsync(Patience);
        return new RunningDashboard(app, options, store, recorder) { Notifications = notifications, Logs = logs };
    }

    public async Task LogInAsync()
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri($"/login?t={Token}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
    }

    /// <summary>A page as the browser parses it.</summary>
    public async Task<IHtmlDocument> PageAsync(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        string html = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path} answered {(int)response.StatusCode}: {html}");
        return await new HtmlParser().ParseDocumentAsync(html);
    }

    /// <summary>Sends a request for a signal as an exporter does.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string signal, byte[] body, string type = "application/x-protobuf", string? encoding = null, string? key = OtlpKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{signal}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        if (key is not null)
        {
            request.Headers.Add("x-otlp-api-key", key);
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Waits for what a background thread will do.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"This did not come about in {Patience}: {what}");
            await Task.Delay(20);
        }
    }

    public HttpClient Client() =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address, Timeout = Patience };

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        if (_recorder is not null)
        {
            await _recorder.DisposeAsync();
        }

        Notifications.Dispose();
    }
}
