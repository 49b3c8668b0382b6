using Ratchet.Contracts.OpenAI;
using Ratchet.InferenceService.Serving;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Models;

/// <summary>GET /v1/models and /v1/models/{id}: the base, the encoder and the loaded adapters.</summary>
public static class ListModels
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", (ModelHost models, AdapterTable adapters) =>
            new ListResponse<ModelCard> { Data = Cards(models, adapters) }).WithTags("Models");

        // The ids of adapters hold colons, and may hold slashes.
        routes.MapGet("/v1/models/{**id}", (string id, ModelHost models, AdapterTable adapters) =>
            Cards(models, adapters).FirstOrDefault(card => card.Id == id)
            ?? throw new ApiException(
                404, "model_not_found", $"The model '{id}' is not loaded here. GET /v1/models lists what is.", "model"))
            .WithTags("Models");
    }

    private static List<ModelCard> Cards(ModelHost models, AdapterTable adapters)
    {
        ModelHost.Loaded model = models.Current;
        List<ModelCard> cards =
        [
            new() { Id = model.Decoder.Name, Created = model.CreatedAt, OwnedBy = "ratchet", Root = model.Decoder.Name },
            new() { Id = model.Encoder.Name, Created = model.CreatedAt, OwnedBy = "ratchet", Root = model.Encoder.Name },
        ];
        cards.AddRange(adapters.List().Select(row => new ModelCard
        {
            Id = row.Id,
            Created = row.LoadedAt,
            OwnedBy = "ratchet",
            Root = row.Path,
            Parent = model.Decoder.Name,
        }));
        return cards;
    }
}
