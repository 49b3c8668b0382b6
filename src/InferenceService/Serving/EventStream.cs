using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Serving;

/// <summary>Writes server-sent events, whole ones only, from several answers at once.</summary>
internal sealed class EventStream(HttpResponse response) : IDisposable
{
    private static readonly byte[] Start = "data: "u8.ToArray();
    private static readonly byte[] End = "\n\n"u8.ToArray();

    private readonly SemaphoreSlim _turn = new(1);

    public async Task OpenAsync(CancellationToken cancellation)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(cancellation);
    }

    public Task WriteAsync<T>(T value, CancellationToken cancellation) =>
        WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options), cancellation);

    /// <summary>Runs the writers of all answers; ends the stream with [DONE], or with an error event.</summary>
    public async Task RunAsync(
        IReadOnlyList<GenerationEngine.Answer> answers, Func<int, GenerationEngine.Answer, Task> write, Func<Task> finish,
        CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(answers.Select((answer, index) => write(index, answer)));
            await finish();
            await WriteAsync(System.Text.Encoding.UTF8.GetBytes(ServerSentEvent.Done), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The client left; its answers end at the next pass.
        }
        catch (Exception failure) when (failure is not IOException)
        {
            // The status is sent already: the error goes into the stream.
            await WriteAsync(ApiErrors.Body(ApiErrors.Translate(failure)), cancellation);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task WriteAsync(byte[] data, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await response.Body.WriteAsync(Start, cancellation);
            await response.Body.WriteAsync(data, cancellation);
            await response.Body.WriteAsync(End, cancellation);
            await response.Body.FlushAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }
}
