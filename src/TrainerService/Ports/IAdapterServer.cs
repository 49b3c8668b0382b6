namespace Ratchet.TrainerService.Ports;

/// <summary>What serves adapters: the InferenceService, or vLLM in its place.</summary>
public interface IAdapterServer
{
    /// <summary>Loads and warms; an adapter that is loaded already is fine.</summary>
    /// <exception cref="Ratchet.ServiceDefaults.Errors.ApiException">It is away, or refuses the adapter.</exception>
    Task LoadAsync(string id, string folder, CancellationToken cancellation);

    /// <summary>Unloads after the last request that uses it; one that is not loaded is fine.</summary>
    Task UnloadAsync(string id, CancellationToken cancellation);

    /// <summary>Ids of all loaded adapters.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation);
}
