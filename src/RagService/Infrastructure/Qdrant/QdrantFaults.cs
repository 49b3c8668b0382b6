using Grpc.Core;
using Qdrant.Client;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>What a server or the way to it reports, in words that say what to do.</summary>
internal static class QdrantFaults
{
    /// <summary>Runs a call; its faults come out as <see cref="VectorStoreException"/>.</summary>
    public static async Task<T> GuardAsync<T>(Uri server, string what, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (RpcException fault) when (!cancellation.IsCancellationRequested)
        {
            throw Translate(server, what, fault);
        }
        catch (QdrantException fault)
        {
            throw new VectorStoreException($"Qdrant at {server} could not {what}: {fault.Message}.", isAway: false, fault);
        }
    }

    private static VectorStoreException Translate(Uri server, string what, RpcException fault) => fault.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.ResourceExhausted or StatusCode.Internal =>
            new($"Qdrant at {server} does not answer ({fault.StatusCode}: {fault.Status.Detail}).", isAway: true, fault),
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => new(
            $"Qdrant at {server} does not take the key ({fault.Status.Detail}). Put the right one into ConnectionStrings__qdrant, as Key=...",
            isAway: false, fault),
        StatusCode.NotFound => new(
            $"Qdrant at {server} could not {what}: it has no such collection ({fault.Status.Detail}). It is made anew from the database.",
            isAway: true, fault),
        StatusCode.Unimplemented => new(
            $"Qdrant at {server} could not {what}: it is too old for that. Run version {QdrantCollections.VersionMin} or later.", isAway: false, fault),
        _ => new($"Qdrant at {server} could not {what} ({fault.StatusCode}: {fault.Status.Detail}).", isAway: false, fault),
    };
}
