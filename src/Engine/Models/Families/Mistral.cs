namespace Ratchet.Engine.Models.Families;

/// <summary>Mistral 7B: Llama's shape with a window that slides in every layer. Its GGUF files call themselves llama.</summary>
internal static class Mistral
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "mistral",
        WrittenAs = "llama",
        InterleavedRotary = true,
        Sliding = SlidingLayers.All,
    };
}
