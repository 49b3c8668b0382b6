namespace Ratchet.Engine.Models.Families;

/// <summary>Qwen 2 and 2.5: Llama's shape with biases on query, key and value.</summary>
internal static class Qwen2
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "qwen2",
        Architecture = "qwen2",
        QueryKeyValueBias = true,
        Sliding = SlidingLayers.Late,
    };
}
