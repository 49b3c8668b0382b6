using System.Net.Mime;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Proxy;

namespace Ratchet.Gateway.Models;

/// <summary>Models as Modelfiles (F40): the inference service writes them, this gateway knows by which names they go.</summary>
public sealed class ShownModels(IHttpClientFactory clients, ModelRouter router, BaseModel baseModel)
{
    private const string Path = "api/show";

    // A page is shown without it rather than late.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The inference service's answer, as it comes.</summary>
    /// <param name="name">Any name of /v1/models; null for what chats get.</param>
    /// <exception cref="Ratchet.ServiceDefaults.Errors.ApiException">Nothing goes by that name, or the service is away.</exception>
    public async Task<IResult> AnswerAsync(string? name, CancellationToken cancellation)
    {
        try
        {
            bool isServed = (await baseModel.ListAsync(cancellation)).Any(card => card.Id == name);
            string id = isServed ? name! : (await router.ResolveAsync(name, cancellation)).Id;
            using HttpResponseMessage response = await AskAsync(id, cancellation);
            return Results.Text(
                await response.Content.ReadAsStringAsync(cancellation), MediaTypeNames.Application.Json, statusCode: (int)response.StatusCode);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException)
        {
            throw ServiceErrors.Away(Services.Inference);
        }
    }

    /// <summary>The Modelfile of an adapter that is loaded; null for others, which are not loaded for it, and while the service is away.</summary>
    /// <param name="id">Exact.</param>
    /// <param name="cancellation">Of the page.</param>
    public async Task<string?> FindModelfileAsync(string id, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            if ((await baseModel.ListAsync(limit.Token)).All(card => card.Id != id))
            {
                return null;
            }

            using HttpResponseMessage response = await AskAsync(id, limit.Token);
            return response.IsSuccessStatusCode
                ? (await response.Content.ReadFromJsonAsync<ShowModelResponse>(WireJson.Options, limit.Token))?.Modelfile
                : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> AskAsync(string id, CancellationToken cancellation)
    {
        using HttpClient client = clients.CreateClient(Services.Inference);
        return await client.PostAsJsonAsync(Path, new ShowModelRequest { Model = id }, WireJson.Options, cancellation);
    }
}
