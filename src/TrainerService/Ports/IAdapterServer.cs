namespace Ratchet.TrainerService.Ports;

/// <summary>What serves adapters: one or several InferenceServices, or vLLM in their place.</summary>
public interface IAdapterServer
{
    /// <summary>Loads and warms on every server that answers; one that has it already is fine.</summary>
    /// <exception cref="Ratchet.ServiceDefaults.Errors.ApiException">None answers, or one refuses the adapter.</exception>
    Task LoadAsync(string id, string folder, CancellationToken cancellation);

    /// <summary>Unloads everywhere, after the last request that uses it; one that is not loaded is fine.</summary>
    Task UnloadAsync(string id, CancellationToken cancellation);

    /// <summary>All loaded adapters.</summary>
    Task<IReadOnlyList<ServedAdapter>> ListAsync(CancellationToken cancellation);
}

/// <summary>A loaded adapter.</summary>
/// <param name="IsEverywhere">Whether every server that answers has it; else some could not serve it.</param>
public sealed record ServedAdapter(string Id, bool IsEverywhere);
