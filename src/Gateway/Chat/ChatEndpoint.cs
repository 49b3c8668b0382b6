using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Tools;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Json;

namespace Ratchet.Gateway.Chat;

/// <summary>POST /v1/chat/completions.</summary>
public static class ChatEndpoint
{
    private const string CacheHeader = "X-Ratchet-Cache";

    private static readonly byte[] Prefix = "data: "u8.ToArray();
    private static readonly byte[] Suffix = "\n\n"u8.ToArray();
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    public static void MapChat(this IEndpointRouteBuilder routes, GatewayOptions options) => routes
        .MapPost("/v1/chat/completions", HandleAsync)
        .WithMetadata(new RequestSizeLimitAttribute(options.JsonBytesMax), new RequiredRole(Role.Reader, Role.Reader))
        .WithName("Chat")
        .WithTags("Chat")
        .WithSummary("Answers a conversation, by default with the knowledge at hand and its sources named.");

    private static async Task HandleAsync(
        ChatCompletionRequest request, HttpContext http, ChatPipeline pipeline, IServerTools tools, TimeProvider clock)
    {
        CancellationToken cancellation = http.RequestAborted;
        bool wantsTools = ToolsWish.Take(request);
        await using var turn = new ChatTurn(request, Caller.Of(http), $"{http.Request.Scheme}://{http.Request.Host}", clock.GetUtcNow());
        if (wantsTools)
        {
            await tools.RunAsync(turn, cancellation);
        }
        else
        {
            await pipeline.RunAsync(turn, cancellation);
        }

        if (turn.CacheKey is not null)
        {
            http.Response.Headers[CacheHeader] = turn.IsCached ? "hit" : "miss";
        }

        try
        {
            await AnswerAsync(http, turn, cancellation);
        }
        finally
        {
            Charge(http, turn);
        }
    }

    // An answer given again costs nobody anything; one without usage is charged by its pieces, which are about a token each.
    private static void Charge(HttpContext http, ChatTurn turn)
    {
        if (http.Features.Get<RateCharge>() is { } charge && turn.Call is { } call)
        {
            charge.Tokens = turn.IsCached ? 0
                : call.InputTokens is { } input ? input + (call.OutputTokens ?? 0)
                : charge.Estimate + call.ChunkCount;
        }
    }

    private static async Task AnswerAsync(HttpContext http, ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.Stream is { } stream)
        {
            await WriteStreamAsync(http, stream, cancellation);
        }
        else
        {
            await http.Response.WriteAsJsonAsync(turn.Completion, RatchetJson.Options, cancellation);
        }
    }

    private static async Task WriteStreamAsync(HttpContext http, IAsyncEnumerable<JsonObject> chunks, CancellationToken cancellation)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        bool isWhole = true;
        try
        {
            await foreach (JsonObject chunk in chunks.WithCancellation(cancellation))
            {
                isWhole &= chunk["error"] is null;
                await WriteAsync(http.Response, JsonSerializer.SerializeToUtf8Bytes(chunk, RatchetJson.Options), cancellation);
            }
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && http.Response.HasStarted)
        {
            isWhole = false;
            object body = ApiErrors.Body(ApiErrors.Translate(failure));
            await WriteAsync(http.Response, JsonSerializer.SerializeToUtf8Bytes(body, RatchetJson.Options), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The asker left. Leaving the loop has closed the call to the model, which stops there too.
            return;
        }

        if (isWhole)
        {
            await http.Response.Body.WriteAsync(Done, cancellation);
        }
    }

    private static async Task WriteAsync(HttpResponse response, byte[] json, CancellationToken cancellation)
    {
        await response.Body.WriteAsync((byte[])[.. Prefix, .. json, .. Suffix], cancellation);
        await response.Body.FlushAsync(cancellation);
    }
}
