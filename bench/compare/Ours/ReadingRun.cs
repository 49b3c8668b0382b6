using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>Prompts read at once, and texts turned into vectors.</summary>
internal static class ReadingRun
{
    private const int PassTokens = 512;
    private const int EmbeddedTokens = 1024;

    public static Samples Prefill(string folder, int tokens, double seconds)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        using DecoderRunner runner = Runner(model, Math.Min(tokens, PassTokens));
        int[] ids = Bundled.Tokens(tokens, model.Config.VocabularySize);
        return Samples.Of("tokens/s", tokens, seconds, () => Read(runner, ids, null));
    }

    public static Samples PrefillOverhead(string folder, double seconds)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        using LoraAdapter adapter = Bundled.ServedAdapter(model, 1);
        using DecoderRunner runner = Runner(model, PassTokens);
        int[] ids = Bundled.Tokens(PassTokens, model.Config.VocabularySize);
        return Samples.OfBoth("tokens/s", PassTokens, seconds, () => Read(runner, ids, adapter), () => Read(runner, ids, null));
    }

    /// <summary>Rows of one length, as many in a pass as the services put into one.</summary>
    public static Samples Embed(string folder, int length, double seconds)
    {
        using EncoderModel model = Bundled.ReadEncoder(folder);
        using var runner = new EncoderRunner(model, PrecisionSetting.ReadForEncoder(PrecisionSetting.Auto), Math.Max(EmbeddedTokens, length));
        int rows = Math.Max(1, EmbeddedTokens / length);
        ReadOnlyMemory<int>[] texts = [.. Enumerable.Range(0, rows).Select(row => new ReadOnlyMemory<int>(Bundled.Tokens(length, 30000, row)))];
        float[] embeddings = new float[rows * model.Config.HiddenSize];
        return Samples.Of("tokens/s", rows * length, seconds, () => runner.Embed(texts, embeddings));
    }

    // As the service reads prompts where nobody has set anything.
    private static DecoderRunner Runner(DecoderModel model, int tokensMax)
        => new(model, Precision.Int8, tokensMax, PrecisionSetting.ReadForPrompts(PrecisionSetting.Auto, Precision.Int8));

    private static void Read(DecoderRunner runner, int[] ids, LoraAdapter? adapter)
    {
        using ISequenceCache cache = runner.CreateCache(ids.Length);
        for (int at = 0; at < ids.Length; at += runner.TokensMax)
        {
            int count = Math.Min(runner.TokensMax, ids.Length - at);
            LogitRows rows = at + count == ids.Length ? LogitRows.Last : LogitRows.None;
            runner.Forward([new SequencePiece(cache, ids.AsMemory(at, count), adapter, rows)]);
        }
    }
}
