namespace Ratchet.Engine.Models.Families;

/// <summary>Llama 1 to 3 and models of its shape: SmolLM2, TinyLlama.</summary>
internal static class Llama
{
    public static readonly DecoderFamily Family = new() { ModelType = "llama", Architecture = "llama", InterleavedRotary = true };
}
