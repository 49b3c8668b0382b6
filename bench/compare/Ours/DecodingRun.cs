using System.Diagnostics;
using System.Numerics.Tensors;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>Answers written token by token, each step's likeliest token read in the next.</summary>
internal static class DecodingRun
{
    private const int StepCount = 64;
    private const int StreamCount = 16;
    private const int PromptTokens = 128;
    private const int AdapterCount = 4;

    /// <summary>64 tokens from an empty context, as llama-bench's tg64.</summary>
    public static Samples OneStream(string folder, double seconds)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        using var runner = new DecoderRunner(model, Precision.Int8, StreamCount);
        return Samples.Of("tokens/s", StepCount, seconds, () => Write(runner, null));
    }

    public static Samples Overhead(string folder, double seconds)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        using LoraAdapter adapter = Bundled.ServedAdapter(model, 1);
        using var runner = new DecoderRunner(model, Precision.Int8, StreamCount);
        return Samples.OfBoth("tokens/s", StepCount, seconds, () => Write(runner, adapter), () => Write(runner, null));
    }

    /// <summary>16 streams after 128 tokens each, four adapters among them; the reading of the prompts is not counted.</summary>
    public static Samples Streams(string folder, double seconds)
        => Streams(folder, seconds, StreamCount, AdapterCount);

    public static Samples Streams(string folder, double seconds, int streams, int adapterCount)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        LoraAdapter[] adapters = [.. Enumerable.Range(0, adapterCount).Select(i => Bundled.ServedAdapter(model, (ulong)i + 1))];
        using var runner = new DecoderRunner(model, Precision.Int8, Math.Max(PromptTokens, streams));
        var rates = new List<double>();
        long end = Stopwatch.GetTimestamp() + (long)(seconds * 1.5 * Stopwatch.Frequency);
        while (rates.Count < 4 || Stopwatch.GetTimestamp() < end)
        {
            rates.Add(streams * StepCount / WriteMany(runner, adapters, streams));
        }

        foreach (LoraAdapter adapter in adapters)
        {
            adapter.Dispose();
        }

        return new Samples("tokens/s", [.. rates.Skip(1)], []);
    }

    private static void Write(DecoderRunner runner, LoraAdapter? adapter)
    {
        using ISequenceCache cache = runner.CreateCache(StepCount + 1);
        int[] next = [1];
        SequencePiece[] pieces = [new SequencePiece(cache, next, adapter)];
        for (int step = 0; step < StepCount; step++)
        {
            runner.Forward(pieces);
            next[0] = TensorPrimitives.IndexOfMax(runner.Logits(0));
        }
    }

    private static double WriteMany(DecoderRunner runner, LoraAdapter[] adapters, int streams)
    {
        ISequenceCache[] caches = [.. Enumerable.Range(0, streams).Select(_ => runner.CreateCache(PromptTokens + StepCount))];
        int[] next = new int[streams];
        for (int i = 0; i < streams; i++)
        {
            int[] prompt = Bundled.Tokens(PromptTokens, runner.Config.VocabularySize, i);
            runner.Forward([new SequencePiece(caches[i], prompt, Adapter(i))]);
            next[i] = TensorPrimitives.IndexOfMax(runner.Logits(0));
        }

        SequencePiece[] pieces = [.. caches.Select((cache, i) => new SequencePiece(cache, next.AsMemory(i, 1), Adapter(i)))];
        long start = Stopwatch.GetTimestamp();
        for (int step = 0; step < StepCount; step++)
        {
            runner.Forward(pieces);
            for (int i = 0; i < streams; i++)
            {
                next[i] = TensorPrimitives.IndexOfMax(runner.Logits(i));
            }
        }

        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (ISequenceCache cache in caches)
        {
            cache.Dispose();
        }

        return elapsed;

        LoraAdapter? Adapter(int i) => adapters.Length == 0 ? null : adapters[i % adapters.Length];
    }
}
