using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Proxy;

namespace Ratchet.Gateway.Models;

/// <summary>Knows the exact name of the base model that the inference service serves.</summary>
public sealed class BaseModel(IHttpClientFactory clients, IConfiguration configuration)
{
    private const string Default = "smollm2-135m-instruct";

    private readonly string _configured = Path.GetFileNameWithoutExtension(configuration["Model:Base"]) is { Length: > 0 } name
        ? WithoutVersion(configuration["Model:Base"]!, name)
        : Default;

    private string? _known;

    /// <summary>The name as last known, without asking.</summary>
    public string Name => _known ?? _configured;

    /// <summary>Asks the inference service, once; while it is away, the configured name has to do.</summary>
    public async ValueTask<string> GetAsync(CancellationToken cancellation)
    {
        if (_known is not null)
        {
            return _known;
        }

        try
        {
            Read(await ListAsync(cancellation));
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException)
        {
            return _configured;
        }

        return Name;
    }

    /// <summary>The cards of what the inference service holds.</summary>
    public async Task<IReadOnlyList<ModelCard>> ListAsync(CancellationToken cancellation)
    {
        using HttpClient client = clients.CreateClient(Services.Inference);
        ListResponse<ModelCard>? list =
            await client.GetFromJsonAsync<ListResponse<ModelCard>>("v1/models", WireJson.Options, cancellation);
        IReadOnlyList<ModelCard> cards = list?.Data ?? [];
        Read(cards);
        return cards;
    }

    // Adapters have a parent; what an adapter's parent is, is the base. Without adapters: the configured name, else the first.
    private void Read(IReadOnlyList<ModelCard> cards) =>
        _known = cards.Select(card => card.Parent).FirstOrDefault(parent => parent is not null)
            ?? cards.FirstOrDefault(card => card.Id == _configured)?.Id
            ?? (cards.Count > 0 ? cards[0].Id : null)
            ?? _known;

    // "smollm2-1.7b" is a name, not a file with the extension ".7b".
    private static string WithoutVersion(string setting, string stem) =>
        setting.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? stem : Path.GetFileName(setting.TrimEnd('/', '\\'));
}
