using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>The bundled models, read once for all tests.</summary>
internal static class Bundled
{
    private static readonly Lazy<DecoderModel> LazyDecoder = new(() =>
    {
        using var file = GgufFile.Open(DecoderPath);
        return DecoderReader.Read(file);
    });

    private static readonly Lazy<EncoderModel> LazyEncoder = new(() =>
    {
        using var file = GgufFile.Open(EncoderPath);
        return EncoderReader.Read(file);
    });

    public static string ModelsFolder => Path.Combine(SourceTree.Root, "models");

    public static string DecoderPath => Path.Combine(ModelsFolder, "smollm2-135m-instruct.q4_1.gguf");

    public static string EncoderPath => Path.Combine(ModelsFolder, "all-minilm-l6-v2.q8_0.gguf");

    public static DecoderModel Decoder => LazyDecoder.Value;

    public static EncoderModel Encoder => LazyEncoder.Value;
}
