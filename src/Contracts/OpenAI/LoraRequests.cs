namespace Ratchet.Contracts.OpenAI;

/// <summary>POST /v1/load_lora_adapter, as vLLM has it.</summary>
public sealed record LoadLoraAdapterRequest
{
    /// <summary>The exact id under which requests name it.</summary>
    public string? LoraName { get; init; }

    /// <summary>A PEFT folder that the inference service can read.</summary>
    public string? LoraPath { get; init; }

    public bool? LoadInplace { get; init; }
}

/// <summary>POST /v1/unload_lora_adapter, as vLLM has it.</summary>
public sealed record UnloadLoraAdapterRequest
{
    public string? LoraName { get; init; }

    public int? LoraIntId { get; init; }
}
