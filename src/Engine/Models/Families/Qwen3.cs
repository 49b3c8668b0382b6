namespace Ratchet.Engine.Models.Families;

/// <summary>Qwen 3: heads of a size of their own, normalised before they are turned.</summary>
internal static class Qwen3
{
    public static readonly DecoderFamily Family = new()
    {
        ModelType = "qwen3",
        Architecture = "qwen3",
        HasQueryKeyNorms = true,
        HeadSize = 128,
        Sliding = SlidingLayers.Late,
    };
}
