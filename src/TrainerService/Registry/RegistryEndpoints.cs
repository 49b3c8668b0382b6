using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Registry;

/// <summary>Adapters, aliases, and the tuned ones among the models.</summary>
public static class RegistryEndpoints
{
    private const string Person = "operator";

    public static void MapRegistry(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder adapters = routes.MapGroup("/v1/adapters").WithTags("Adapters");
        adapters.MapGet("/", ListAdapters);
        adapters.MapGet("/{id}", (string id, AdapterStore store) => store.Get(id));
        adapters.MapGet("/{id}/evaluation", GetEvaluation);

        RouteGroupBuilder aliases = routes.MapGroup("/v1/aliases").WithTags("Aliases");
        aliases.MapGet("/", (AliasStore store) => new ListResponse<AliasRecord> { Data = store.List() });
        aliases.MapGet("/{name}", (string name, AliasStore store) => store.Find(name) ?? throw AliasStore.Unknown(name));
        aliases.MapPut("/{name}", MoveAsync).WithIdempotencyKey();
        aliases.MapPost("/{name}/rollback", RollbackAsync).WithIdempotencyKey();

        RouteGroupBuilder models = routes.MapGroup("/v1/models").WithTags("Models");
        models.MapGet("/", ListModels);
        models.MapGet("/{id}", (string id, AdapterStore store) => Card(store.Get(id)));
        models.MapDelete("/{id}", DeleteModel);
    }

    private static ListResponse<AdapterRecord> ListAdapters(
        AdapterStore store, string? after = null, int limit = 20, string? batch = null) =>
        ListSlice.Of(store.List(batch), adapter => adapter.Id, after, limit, limitMax: 1000, ends: true);

    private static EvaluationReport GetEvaluation(string id, AdapterStore store)
    {
        AdapterRecord adapter = store.Get(id);
        return store.FindEvaluation(adapter.Id) ?? throw new ApiException(
            404, "not_evaluated",
            $"'{id}' has not been evaluated: only a cycle evaluates what it trained. Start one with POST /v1/cycles.");
    }

    private static async Task<AliasRecord> MoveAsync(
        string name, JsonElement body, AliasStore aliases, AdapterStore adapters, IBaseModel model, IAdapterServer server,
        CancellationToken cancellation)
    {
        MoveAliasRequest request = AliasRequests.ReadMove(body);
        bool overruled = false;
        if (request.Adapter != model.Info.Name)
        {
            AdapterRecord adapter = adapters.Get(request.Adapter);
            if (adapter.BaseSha256 != model.Info.Sha256)
            {
                throw new ApiException(
                    409, "base_mismatch",
                    $"'{adapter.Id}' was trained on another base ({adapter.BaseModel}, {adapter.BaseSha256[..12]}) than the one "
                    + $"served now ({model.Info.Name}, {model.Info.Sha256[..12]}). Train a new one on this base.",
                    "adapter");
            }

            // Whoever comes too late is told so before anything is loaded; the swap itself compares again.
            CheckVersion(aliases, name, request.ExpectedVersion);
            await server.LoadAsync(adapter.Id, adapter.Path, cancellation);
            overruled = adapter.Verdict is not (null or "promote");
        }

        return aliases.Move(
            name, request.Adapter, request.ExpectedVersion, AliasStore.SetAction, request.Reason, request.Actor ?? Person,
            overruled);
    }

    private static async Task<AliasRecord> RollbackAsync(
        string name, JsonElement body, AliasStore aliases, AdapterStore adapters, IBaseModel model, IAdapterServer server,
        CancellationToken cancellation)
    {
        RollbackAliasRequest request = AliasRequests.ReadRollback(body);
        CheckVersion(aliases, name, request.ExpectedVersion);
        string target = aliases.RollbackTarget(name, model.Info.Name);
        if (target != model.Info.Name)
        {
            AdapterRecord adapter = adapters.Get(target);
            await server.LoadAsync(adapter.Id, adapter.Path, cancellation);
        }

        return aliases.Move(
            name, target, request.ExpectedVersion, AliasStore.RollbackAction, request.Reason, request.Actor ?? Person,
            overruled: false);
    }

    private static void CheckVersion(AliasStore aliases, string name, long expected)
    {
        AliasRecord? current = aliases.Find(name);
        if (expected > 0 && current is null)
        {
            throw AliasStore.Unknown(name);
        }

        if ((current?.Version ?? 0) != expected)
        {
            throw new ApiException(
                409, "alias_moved",
                $"The alias '{name}' is at version {current?.Version ?? 0}, not {expected}. Look at what it holds now, and send "
                + "that version if the move is still wanted.",
                "expected_version")
            {
                Details = new { current?.Adapter, Version = current?.Version ?? 0 },
            };
        }
    }

    private static ListResponse<ModelCard> ListModels(AdapterStore store) =>
        new() { Data = [.. store.List().Select(Card)] };

    private static Ok<DeletedResponse> DeleteModel(string id, AdapterStore store)
    {
        AdapterRecord deleted = store.Delete(id);
        return TypedResults.Ok(new DeletedResponse(deleted.Id, "model"));
    }

    private static ModelCard Card(AdapterRecord adapter) => new()
    {
        Id = adapter.Id,
        Created = adapter.CreatedAt,
        OwnedBy = "ratchet",
        Root = adapter.Path,
        Parent = adapter.BaseModel,
    };
}
