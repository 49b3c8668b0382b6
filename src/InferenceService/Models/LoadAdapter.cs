using Ratchet.Contracts.OpenAI;
using Ratchet.InferenceService.Serving;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Models;

/// <summary>POST /v1/load_lora_adapter and /v1/unload_lora_adapter, as vLLM has them.</summary>
public static class LoadAdapter
{
    private const int NameLengthMax = 256;

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/load_lora_adapter", LoadAsync).WithTags("Models");
        routes.MapPost("/v1/unload_lora_adapter", Unload).WithTags("Models");
    }

    private static async Task<IResult> LoadAsync(
        LoadLoraAdapterRequest request, AdapterTable adapters, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(request.LoraName) || string.IsNullOrWhiteSpace(request.LoraPath))
        {
            throw new ApiException(400, "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.");
        }

        if (request.LoraName.Length > NameLengthMax)
        {
            throw ApiException.BadField(
                "lora_name", $"lora_name has {request.LoraName.Length} characters; at most {NameLengthMax} are taken.");
        }

        if (!Path.IsPathFullyQualified(request.LoraPath) || !Directory.Exists(request.LoraPath))
        {
            throw ApiException.BadField(
                "lora_path",
                $"lora_path is '{request.LoraPath}'; it must be the absolute path of a folder with adapter_config.json and "
                + "adapter_model.safetensors on this machine.");
        }

        await adapters.LoadAsync(request.LoraName, request.LoraPath, cancellation);
        return Results.Text($"Success: LoRA adapter '{request.LoraName}' added successfully.");
    }

    private static IResult Unload(UnloadLoraAdapterRequest request, AdapterTable adapters)
    {
        if (string.IsNullOrWhiteSpace(request.LoraName))
        {
            throw new ApiException(400, "InvalidUserInput", "'lora_name' must be provided.", "lora_name");
        }

        adapters.Unload(request.LoraName);
        return Results.Text($"Success: LoRA adapter '{request.LoraName}' removed successfully.");
    }
}
