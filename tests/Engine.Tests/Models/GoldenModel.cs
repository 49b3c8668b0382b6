using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>A folder of golden models/: the model, its inputs and what transformers made of them.</summary>
internal sealed class GoldenModel : IDisposable
{
    internal sealed record Numbers(
        int[] Lengths, double Loss, int LossLabels, int[] DecodingChunks, double PackedLoss, int PackedLabels, Dictionary<string, object> Tolerance);

    private readonly Dictionary<string, object> _tolerance;

    public GoldenModel(string family)
    {
        Family = family;
        Facts = Golden.Read<Numbers>($"models/{family}/expected.json");
        _tolerance = Facts.Tolerance;
        Expected = SafetensorsFile.Open(Golden.PathOf($"models/{family}/expected.safetensors"));
        Model = ModelFolder.ReadDecoder(Golden.FolderOf($"models/{family}/model"));
    }

    /// <summary>Every decoder that the folder holds: those with gradients.</summary>
    public static TheoryData<string> Decoders =>
        [.. Golden.FoldersIn("models").Where(f => Golden.Exists($"models/{f}/gradients.safetensors"))];

    /// <summary>Every encoder: those without.</summary>
    public static TheoryData<string> Encoders =>
        [.. Golden.FoldersIn("models").Where(f => !Golden.Exists($"models/{f}/gradients.safetensors"))];

    public string Family { get; }

    public Numbers Facts { get; }

    public SafetensorsFile Expected { get; }

    public DecoderModel Model { get; }

    /// <summary>Twenty times what float32 differs from float64.</summary>
    public float Atol(string what)
        => (float)((System.Text.Json.JsonElement)_tolerance[what]).GetProperty("suggested_atol").GetDouble();

    /// <summary>A row of ids without its padding.</summary>
    public int[] Row(int row, string name = "input_ids")
    {
        Expected.TryFindTensor(name, out SafetensorsTensorInfo? info);
        int width = info!.Shape[1];
        return [.. Expected.ReadInts(name).Skip(row * width).Take(Facts.Lengths[row]).Select(id => (int)id)];
    }

    /// <summary>Logits of a row, padding left out.</summary>
    public float[] Logits(int row)
    {
        Expected.TryFindTensor("logits", out SafetensorsTensorInfo? info);
        int width = info!.Shape[1] * info.Shape[2];
        return Expected.ReadFloats("logits")[(row * width)..((row * width) + (Facts.Lengths[row] * info.Shape[2]))];
    }

    public DecoderRunner Runner() => new(Model, Precision.Float32, 256);

    public void Dispose()
    {
        Expected.Dispose();
        Model.Dispose();
    }
}
