using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Aliases;

namespace Ratchet.Gateway.Proxy;

/// <summary>Everything under /v1 that is not the gateway's own goes to the service that owns it, under the same path.</summary>
public static class ProxyEndpoints
{
    public static void MapProxy(this IEndpointRouteBuilder routes)
    {
        GatewayOptions limits = routes.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value;
        Pass(routes, "/v1/files", Services.Trainer, limits.FileBytesMax, Role.Reader, Role.Operator);
        Pass(routes, "/v1/fine_tuning", Services.Trainer, limits.JsonBytesMax, Role.Reader, Role.Operator);
        Pass(routes, "/v1/adapters", Services.Trainer, limits.FileBytesMax, Role.Reader, Role.Operator);
        Pass(routes, "/v1/aliases", Services.Trainer, limits.JsonBytesMax, Role.Reader, Role.Operator);
        Pass(routes, "/v1/cycles", Services.Trainer, limits.JsonBytesMax, Role.Reader, Role.Operator);
        Pass(routes, "/v1/documents", Services.Rag, limits.DocumentBytesMax, Role.Reader, Role.Curator);
        Pass(routes, "/v1/collections", Services.Rag, limits.JsonBytesMax, Role.Reader, Role.Curator);
        Pass(routes, "/v1/examples", Services.Rag, limits.DocumentBytesMax, Role.Reader, Role.Curator);
        Pass(routes, "/v1/batches", Services.Rag, limits.JsonBytesMax, Role.Reader, Role.Curator);
        Pass(routes, "/v1/knowledge", Services.Rag, limits.JsonBytesMax, Role.Reader, Role.Curator);
        Pass(routes, "/v1/search", Services.Rag, limits.JsonBytesMax, Role.Reader, Role.Reader);
        Pass(routes, "/v1/completions", Services.Inference, limits.JsonBytesMax, Role.Reader, Role.Reader);
        Pass(routes, "/v1/embeddings", Services.Inference, limits.JsonBytesMax, Role.Reader, Role.Reader);

        // The answer to a move is taken over at once: whoever moved an alias through the gateway finds it moved there.
        MapMove(routes, HttpMethods.Put, "/v1/aliases/{name}", limits);
        MapMove(routes, HttpMethods.Post, "/v1/aliases/{name}/rollback", limits);
    }

    private static void Pass(
        IEndpointRouteBuilder routes, string prefix, string service, long bytesMax, Role read, Role write) => routes
        .Map($"{prefix}/{{**rest}}", (HttpContext http, ServiceForwarder forwarder) => forwarder.ForwardAsync(http, service, bytesMax))
        .WithMetadata(new RequiredRole(read, write))
        .WithTags(service)
        .WithDisplayName($"{prefix} -> {service}");

    private static void MapMove(IEndpointRouteBuilder routes, string method, string pattern, GatewayOptions limits) => routes
        .MapMethods(pattern, [method], (HttpContext http, ServiceForwarder forwarder, AliasTable table) =>
            forwarder.ForwardAsync(http, Services.Trainer, limits.JsonBytesMax, answer =>
                table.Apply(JsonSerializer.Deserialize<AliasRecord>(answer, WireJson.Options)!)))
        .WithMetadata(new RequiredRole(Role.Reader, Role.Operator))
        .WithTags(Services.Trainer);
}
