using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.InferenceService.Serving;

/// <summary>The trainer's registry as a server of adapters sees it: which there are, and in which folder.</summary>
/// <remarks>Where the host gave no address of the trainer, or it does not answer, the registry is empty: the trainer loads what is needed once it is there.</remarks>
public sealed partial class AdapterRegistry(
    IServiceScopeFactory scopes, IConfiguration configuration, IOptions<ServingOptions> options, ILogger<AdapterRegistry> logger)
{
    /// <summary>How long the trainer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string ExactPrefix = "ft:";

    /// <summary>Exact ids that aliases hold now, with their folders.</summary>
    public async Task<IReadOnlyList<(string Id, string Path)>> HeldAsync(CancellationToken cancellation) => await AskAsync(async trainer =>
    {
        var held = new List<(string Id, string Path)>();
        foreach (string id in (await trainer.ListAliasesAsync(cancellation)).Data.Select(alias => alias.Adapter).Distinct()
            .Where(id => id.StartsWith(ExactPrefix, StringComparison.Ordinal)))
        {
            held.Add((id, Seen(await trainer.GetAdapterAsync(id, cancellation))));
        }

        return held;
    }, cancellation) ?? [];

    /// <summary>The folder of an adapter; null where the registry has none of that id.</summary>
    public async Task<string?> FindAsync(string id, CancellationToken cancellation) => id.StartsWith(ExactPrefix, StringComparison.Ordinal)
        ? await AskAsync(async trainer => Seen(await trainer.GetAdapterAsync(id, cancellation)), cancellation)
        : null;

    private async Task<T?> AskAsync<T>(Func<TrainerClient, Task<T>> ask, CancellationToken cancellation)
        where T : class
    {
        if (!configuration.GetSection("services:trainer").GetChildren().Any())
        {
            return null;
        }

        try
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            return await ask(scope.ServiceProvider.GetRequiredService<TrainerClient>());
        }
        catch (TrainerException failure) when (failure.Status == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception failure) when (failure is HttpRequestException or TrainerException or JsonException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            LogAway(logger, failure.Message);
            return null;
        }
    }

    private string Seen(AdapterRecord adapter) => FolderMap.Translate(options.Value.Paths, adapter.Path);

    [LoggerMessage(Level = LogLevel.Information, Message = "The trainer's registry cannot be asked now ({Reason})")]
    private static partial void LogAway(ILogger logger, string reason);
}
