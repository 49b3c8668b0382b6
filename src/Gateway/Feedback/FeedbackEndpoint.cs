using Ratchet.Gateway.Access;
using Ratchet.Gateway.Proxy;

namespace Ratchet.Gateway.Feedback;

/// <summary>/v1/feedback: takes a thumb or a correction, adds what the chat was, and gives it to the RagService.</summary>
public static class FeedbackEndpoint
{
    public static void MapFeedback(this IEndpointRouteBuilder routes, GatewayOptions options)
    {
        routes.MapPost("/v1/feedback", async (FeedbackInput input, HttpContext http, FeedbackDesk desk) =>
                TypedResults.Ok(await desk.TakeAsync(
                    input, Caller.Of(http), http.Request.Headers["Idempotency-Key"].ToString(), http.RequestAborted)))
            .WithMetadata(new RequiredRole(Role.Reader, Role.Reader))
            .WithTags("Feedback")
            .WithSummary("Says what an answer was worth; a thumb up or a correction becomes an example to review.");

        routes.MapGet("/v1/feedback", (HttpContext http, ServiceForwarder forwarder) =>
                forwarder.ForwardAsync(http, Services.Rag, options.JsonBytesMax))
            .WithTags("Feedback");

        routes.MapGet("/v1/feedback/{**rest}", (HttpContext http, ServiceForwarder forwarder) =>
                forwarder.ForwardAsync(http, Services.Rag, options.JsonBytesMax))
            .WithTags("Feedback");
    }
}
