using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>Reads a <see cref="DecoderModel"/> from a GGUF file. Weights stay in their stored blocks.</summary>
internal static class DecoderReader
{
    /// <summary>GGUF's names of what is outside the blocks.</summary>
    public static readonly DecoderPartNames PartNames = new()
    {
        TokenEmbedding = "token_embd",
        PositionEmbedding = "position_embd",
        Head = "output",
    };

    public static DecoderModel Read(GgufFile file)
    {
        string architecture = file.Metadata.GetString("general.architecture");
        DecoderFamily family = DecoderFamily.All.FirstOrDefault(f => f.Architecture == architecture)
            ?? throw ModelFormatException.UnknownArchitecture(
                file.Path, architecture, string.Join(", ", DecoderFamily.All.Where(f => f.Architecture is not null).Select(f => $"'{f.Architecture}'")));
        using var source = new TensorSource(file);
        ModelConfig config = GgufConfig.Read(file, family, source).Validated(file.Path);
        BlockNames names = family.GgufNames;
        DecoderModel model = new DecoderAssembly(source, family, config)
        {
            Names = names,
            PartNames = PartNames,
            QueryKeyValueBias = family.QueryKeyValueBias || HasBias(names.AttentionInputs[0]),
            AttentionOutputBias = family.AttentionOutputBias || HasBias(names.AttentionOutput),
            FeedForwardBias = family.FeedForwardBias || HasBias(names.FeedForwardDown),
            IsInterleaved = family.InterleavedRotary,
        }.Build();
        try
        {
            source.RequireAllRead();
        }
        catch
        {
            source.Release();
            model.Dispose();
            throw;
        }

        source.Release();
        return model;

        bool HasBias(string part) => source.Has($"blk.0.{part}.bias");
    }
}
