using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Models;

/// <summary>/v1/models: everything that may stand in a request's `model`.</summary>
public static class ModelEndpoints
{
    private const string Owner = "ratchet";

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", async (ModelCatalog catalog, CancellationToken cancellation) =>
            TypedResults.Ok(new ListResponse<ModelCard> { Data = await catalog.ListAsync(cancellation) }))
            .WithTags("Models").WithSummary("Lists auto, base, aliases and exact adapters.");

        routes.MapGet("/v1/models/{**id}", async (string id, ModelCatalog catalog, CancellationToken cancellation) =>
            TypedResults.Ok((await catalog.ListAsync(cancellation)).FirstOrDefault(card => card.Id == id)
                ?? throw new ApiException(404, "model_not_found", $"There is no model '{id}'. GET /v1/models lists those there are.", "model")))
            .WithTags("Models");

        routes.MapPost("/api/show", (ShowModelRequest request, ShownModels models, CancellationToken cancellation) =>
            models.AnswerAsync(string.IsNullOrWhiteSpace(request.Model) ? request.Name : request.Model, cancellation))
            .WithMetadata(new RequiredRole(Role.Reader, Role.Reader)).WithTags("Models").WithSummary("The Modelfile of a model, as Ollama shows it.");

        routes.MapDelete("/v1/models/{**id}", (string id, HttpContext http, ServiceForwarder forwarder, IOptions<GatewayOptions> options) =>
            forwarder.ForwardAsync(http, Services.Trainer, options.Value.JsonBytesMax))
            .WithMetadata(new RequiredRole(Role.Reader, Role.Operator)).WithTags("Models");
    }

    internal static ModelCard Card(string id, long created, string? root = null, string? parent = null) =>
        new() { Id = id, Created = created, OwnedBy = Owner, Root = root, Parent = parent };
}

/// <summary>Merges what the inference service serves, what the trainer keeps, and the names of this gateway.</summary>
public sealed class ModelCatalog(AliasTable aliases, BaseModel baseModel, TrainerClient trainer, TimeProvider clock)
{
    /// <summary>All that can be told now: a service that is away takes only its own part with it.</summary>
    public async Task<IReadOnlyList<ModelCard>> ListAsync(CancellationToken cancellation)
    {
        var cards = new Dictionary<string, ModelCard>(StringComparer.Ordinal);
        foreach (ModelCard card in await AskAsync(() => baseModel.ListAsync(cancellation)))
        {
            cards[card.Id] = card;
        }

        string root = baseModel.Name;
        long created = cards.GetValueOrDefault(root)?.Created ?? clock.GetUtcNow().ToUnixTimeSeconds();
        cards.TryAdd(root, ModelEndpoints.Card(root, created));
        foreach (AdapterRecord adapter in await AskAsync(async () => (await trainer.ListAdaptersAsync(cancellation)).Data))
        {
            cards.TryAdd(adapter.Id, ModelEndpoints.Card(adapter.Id, adapter.CreatedAt, adapter.Path, adapter.BaseModel));
        }

        return
        [
            ModelEndpoints.Card(ModelRouter.Auto, created),
            ModelEndpoints.Card(ModelRouter.Base, created, root),
            .. aliases.All.Values.Select(alias => ModelEndpoints.Card(alias.Name, alias.UpdatedAt, alias.Adapter, root)),
            .. cards.Values,
        ];
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(Func<Task<IReadOnlyList<T>>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception failure) when (failure is HttpRequestException or TrainerException or JsonException)
        {
            return [];
        }
    }
}
