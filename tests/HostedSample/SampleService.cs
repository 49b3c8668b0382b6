using System.Collections;
using System.Diagnostics;

namespace Ratchet.HostedSample;

/// <summary>A service that shows what it was given, falls over on request and starts a process of its own.</summary>
public static class SampleService
{
    public static async Task RunAsync(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();

        long started = Environment.TickCount64;
        long healthyAfter = builder.Configuration.GetValue("SAMPLE_HEALTHY_AFTER_MS", 0L);
        app.MapGet("/health", () => Environment.TickCount64 - started < healthyAfter
            ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable)
            : Results.Text("Healthy"));
        app.MapGet("/environment", () => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value));
        app.MapGet("/arguments", () => args);
        app.MapGet("/pid", () => Environment.ProcessId);
        app.MapPost("/echo", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            return Results.Text($"{request.Method} {await reader.ReadToEndAsync()}");
        });
        app.MapPost("/crash", () => Environment.Exit(3));
        app.MapPost("/spawn", () =>
        {
            using var child = Process.Start("sleep", "600");
            return child.Id;
        });

        Console.WriteLine("sample out");
        Console.Error.WriteLine("sample error");
        await app.RunAsync();
    }
}
