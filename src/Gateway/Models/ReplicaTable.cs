using System.Collections.Concurrent;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.Gateway.Models;

/// <summary>Which server holds which adapter, where there are several: a request goes only to one that has what it asks for.</summary>
/// <remarks>
/// What a server holds is asked for when it is not known or some seconds old, never more often than that: one that comes up later, or
/// that was given an adapter since, is found so. With one server there is nothing to choose.
/// </remarks>
public sealed class ReplicaTable(IHttpClientFactory clients, ServingReplicas replicas, TimeProvider clock) : IDisposable
{
    private const long AnswerBytesMax = 16L << 20;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskingPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<Uri, Held> _held = new();
    private readonly SemaphoreSlim _asking = new(1);
    private int _turn;

    /// <summary>Servers for a model, the next in turn first; all of them where none is known to have it, so that one can say so itself.</summary>
    public async ValueTask<IReadOnlyList<Uri>> ForAsync(string model, CancellationToken cancellation)
    {
        IReadOnlyList<Uri> all = replicas.All;
        if (all.Count == 1)
        {
            return all;
        }

        int turn = (int)((uint)Interlocked.Increment(ref _turn) % (uint)all.Count);
        all = [.. all.Skip(turn), .. all.Take(turn)];

        DateTimeOffset now = clock.GetUtcNow();
        bool isKnown = all.Any(server => Has(server, model));
        if (all.Any(server => !_held.TryGetValue(server, out Held? held) || now - held.At > (isKnown ? Fresh : AskingPause)))
        {
            await AskAsync(all, isKnown ? Fresh : AskingPause, cancellation);
        }

        Uri[] holders = [.. all.Where(server => Has(server, model))];
        return holders.Length > 0 ? holders : all;
    }

    /// <summary>Forgets what a server holds: it did not answer, or did not have what it was said to.</summary>
    public void Doubt(Uri server) => _held[server] = new Held(clock.GetUtcNow(), []);

    public void Dispose() => _asking.Dispose();

    private bool Has(Uri server, string model) => _held.TryGetValue(server, out Held? held) && held.Models.Contains(model);

    private async Task AskAsync(IReadOnlyList<Uri> servers, TimeSpan age, CancellationToken cancellation)
    {
        await _asking.WaitAsync(cancellation);
        try
        {
            DateTimeOffset now = clock.GetUtcNow();
            await Task.WhenAll(servers
                .Where(server => !_held.TryGetValue(server, out Held? held) || now - held.At > age)
                .Select(server => AskAsync(server, cancellation)));
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task AskAsync(Uri server, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            using HttpClient client = clients.CreateClient(ServingReplicas.Client);
            client.MaxResponseContentBufferSize = AnswerBytesMax;
            ListResponse<ModelCard>? list = await client.GetFromJsonAsync<ListResponse<ModelCard>>(
                new Uri(server, "v1/models"), WireJson.Options, limit.Token);
            _held[server] = new Held(clock.GetUtcNow(), [.. (list?.Data ?? []).Select(card => card.Id)]);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            Doubt(server);
        }
    }

    private sealed record Held(DateTimeOffset At, HashSet<string> Models);
}
