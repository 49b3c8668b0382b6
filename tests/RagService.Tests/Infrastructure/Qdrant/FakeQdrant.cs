using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>
/// A Qdrant server in memory that speaks gRPC over real HTTP/2: collections, aliases, points, filters, exact cosine. It
/// can be made to fail call by call, to hang, and to go away and come back on the same port.
/// </summary>
internal sealed class FakeQdrant : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (StatusCode Code, string Detail)> _failures = new();
    private readonly int _wantedPort;
    private WebApplication? _app;

    private FakeQdrant(int port) => _wantedPort = port;

    public FakeQdrantMemory Memory { get; private init; } = new();

    public string Version { get; set; } = "1.16.0";

    /// <summary>The key that requests must carry; null for any.</summary>
    public string? Key { get; set; }

    /// <summary>Set: calls wait until they are given up.</summary>
    public bool Hangs { get; set; }

    /// <summary>What is waited for before a call is answered.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>The calls that came, for example Points/Query.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public int Port { get; private set; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public static async Task<FakeQdrant> StartAsync(int port = 0, FakeQdrantMemory? memory = null)
    {
        var server = new FakeQdrant(port) { Memory = memory ?? new FakeQdrantMemory() };
        await server.StartAsync();
        return server;
    }

    /// <summary>Has every call of a method fail until it is told otherwise.</summary>
    public void Fail(string method, StatusCode code, string detail) => _failures[method] = (code, detail);

    public void Heal() => _failures.Clear();

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(
            IPAddress.Loopback, _wantedPort, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        string address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(address).Port;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string method = http.Request.Path.Value!.Replace("/qdrant.", "", StringComparison.Ordinal);
        Calls.Enqueue(method);
        await Before(method);
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        http.Response.ContentType = "application/grpc";
        (StatusCode code, string detail) = _failures.GetValueOrDefault(method);
        if (code == StatusCode.OK && Key is not null && http.Request.Headers["api-key"].ToString() != Key)
        {
            (code, detail) = (StatusCode.Unauthenticated, "Must provide an API key");
        }

        IMessage? answer = null;
        if (code == StatusCode.OK)
        {
            try
            {
                answer = Memory.Answer(method, await ReadAsync(http), Version);
            }
            catch (RpcException fault)
            {
                (code, detail) = (fault.StatusCode, fault.Status.Detail);
            }
        }

        if (answer is not null)
        {
            await WriteAsync(http, answer);
        }
        else
        {
            await http.Response.StartAsync();
        }

        http.Response.AppendTrailer("grpc-status", ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (detail is { Length: > 0 })
        {
            http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(detail));
        }
    }

    // A message on the wire: one byte for compression, four for the length, the bytes.
    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        return body.ToArray()[5..];
    }

    private static async Task WriteAsync(HttpContext http, IMessage answer)
    {
        byte[] message = answer.ToByteArray();
        byte[] head = new byte[5];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), message.Length);
        await http.Response.Body.WriteAsync((byte[])[.. head, .. message]);
    }
}
