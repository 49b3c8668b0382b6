using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>The bundled models, and adapters for them whose every factor is a number.</summary>
internal static unsafe class Bundled
{
    public const string Decoder = "smollm2-135m-instruct.q4_1.gguf";
    public const string Encoder = "all-minilm-l6-v2.q8_0.gguf";
    public const int ServedRank = 16;

    public static string DecoderPath(string folder) => Path.Combine(folder, Decoder);

    public static DecoderModel ReadDecoder(string folder)
    {
        using var file = GgufFile.Open(DecoderPath(folder));
        return DecoderReader.Read(file);
    }

    public static EncoderModel ReadEncoder(string folder)
    {
        using var file = GgufFile.Open(Path.Combine(folder, Encoder));
        return EncoderReader.Read(file);
    }

    /// <summary>As the service holds it: <see cref="Adapter"/> with its factors in bytes too.</summary>
    public static LoraAdapter ServedAdapter(DecoderModel model, ulong seed)
    {
        LoraAdapter adapter = Adapter(model, ServedRank, seed);
        adapter.RoundForServing();
        return adapter;
    }

    /// <summary>All linear layers; B is not zero, so that no product is of zeros.</summary>
    public static LoraAdapter Adapter(DecoderModel model, int rank, ulong seed)
    {
        var adapter = LoraAdapter.Create(model, new LoraConfig { Rank = rank, TargetModules = [LoraConfig.AllLinear] }, seed);
        var random = new Random((int)seed);
        foreach (LoraLayer layer in adapter.Layers)
        {
            var b = new Span<float>(adapter.Parameters + layer.OffsetOfB, layer.Rank * layer.Outputs);
            for (int i = 0; i < b.Length; i++)
            {
                b[i] = (random.NextSingle() - 0.5f) * 0.01f;
            }
        }

        return adapter;
    }

    /// <summary>Token ids of no meaning, the same each time; speed does not depend on which.</summary>
    public static int[] Tokens(int count, int vocabulary, int seed = 0)
        => [.. Enumerable.Range(0, count).Select(i => (((i * 37) + (seed * 101)) % (vocabulary - 200)) + 100)];
}
