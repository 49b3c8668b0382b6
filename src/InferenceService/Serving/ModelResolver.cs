using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Serving;

/// <summary>Finds what a request's `model` names: the base, or a loaded adapter by its exact id.</summary>
public sealed class ModelResolver(ModelHost models, AdapterTable adapters)
{
    /// <summary>Takes a lease on the adapter, or none for the base. An adapter of the registry that is not loaded here is loaded now.</summary>
    /// <exception cref="ApiException">400 without a name, 404 for an unknown one.</exception>
    public async Task<AdapterLease?> ResolveAsync(string? model, CancellationToken cancellation)
    {
        string baseName = models.Current.Decoder.Name;
        if (string.IsNullOrWhiteSpace(model))
        {
            throw ApiException.BadField(
                "model", $"The request names no model. Set `model` to '{baseName}' or to the id of a loaded adapter.");
        }

        if (string.Equals(model, baseName, StringComparison.Ordinal))
        {
            return null;
        }

        AdapterLease? lease = adapters.TryLease(model);
        if (lease is null && await adapters.FetchAsync(model, cancellation))
        {
            lease = adapters.TryLease(model);
        }

        return lease ?? throw new ApiException(
            404,
            "model_not_found",
            $"The model '{model}' is not loaded here. There is the base '{baseName}'"
            + (adapters.List() is { Count: > 0 } list ? $", and {string.Join(", ", list.Select(row => $"'{row.Id}'"))}." : ".")
            + " GET /v1/models lists them; POST /v1/load_lora_adapter loads one.",
            "model");
    }
}
