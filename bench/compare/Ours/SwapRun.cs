using System.Diagnostics;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>
/// Sixteen streams write with one adapter; meanwhile a new one is read from disk, the old one's prefixes are forgotten, and an answer
/// begins on the new one. How much longer than usual does the slowest token of the sixteen take?
/// </summary>
internal static class SwapRun
{
    private const int StreamCount = 16;
    private const int TokenCount = 80;
    private const int SwapCount = 3;

    // Passes before the swap: the prompts are read, and there is a usual pace.
    private const int PassesBefore = 24;
    private const int PassesOfPrompts = 6;

    public static Samples Measure(string folder)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Bundled.DecoderPath(folder));
        using var runner = new TimedBackend(new DecoderRunner(loaded.Model, Precision.Int8, 256));
        using var engine = new GenerationEngine(runner, loaded.Tokenizer, new GenerationLimits());
        string adapters = Directory.CreateTempSubdirectory("ratchet-swap-").FullName;
        var kept = new List<LoraAdapter>();
        try
        {
            for (int i = 0; i <= SwapCount; i++)
            {
                using LoraAdapter written = Bundled.Adapter(loaded.Model, Bundled.ServedRank, (ulong)i + 1);
                written.Save(Path.Combine(adapters, $"{i}"));
            }

            kept.Add(Load(Path.Combine(adapters, "0"), loaded.Model));
            var delays = new List<double>();
            for (int swap = 0; swap <= SwapCount; swap++)
            {
                // The first round only warms up.
                double delay = Once(engine, runner, loaded, kept, Path.Combine(adapters, $"{swap}"));
                if (swap > 0)
                {
                    delays.Add(delay * 1000);
                }
            }

            return new Samples("ms", delays, []);
        }
        finally
        {
            Directory.Delete(adapters, recursive: true);
            engine.Dispose();
            kept.ForEach(adapter => adapter.Dispose());
        }
    }

    private static double Once(GenerationEngine engine, TimedBackend passes, LoadedDecoder loaded, List<LoraAdapter> kept, string next)
    {
        LoraAdapter current = kept[^1];
        string currentId = $"adapter {kept.Count - 1}";
        int first = passes.Ends().Length;
        Task[] streams = [.. Enumerable.Range(0, StreamCount).Select(i => Last(engine.Write(new GenerationRequest(
            Bundled.Tokens(32, loaded.Model.Config.VocabularySize, i), Config(TokenCount), current, currentId))))];
        while (passes.Ends().Length < first + PassesBefore)
        {
            Thread.Sleep(1);
        }

        long from = Stopwatch.GetTimestamp();
        LoraAdapter adapter = Load(next, loaded.Model);
        kept.Add(adapter);
        engine.Forget(currentId);
        GenerationEngine.Answer fresh = engine.Write(new GenerationRequest(
            Bundled.Tokens(16, loaded.Model.Config.VocabularySize, 99), Config(1), adapter, $"adapter {kept.Count - 1}"));
        Last(fresh).GetAwaiter().GetResult();
        long to = Stopwatch.GetTimestamp();
        Task.WhenAll(streams).GetAwaiter().GetResult();

        long[] ends = passes.Ends()[first..];
        (long End, long Length)[] gaps = [.. ends.Skip(PassesOfPrompts).Zip(ends.Skip(PassesOfPrompts - 1), (end, before) => (end, end - before))];
        long[] usual = [.. gaps.Where(gap => gap.End < from).Select(gap => gap.Length).Order()];
        long worst = gaps.Where(gap => gap.End >= from && gap.End - gap.Length <= to).Max(gap => gap.Length);
        return Math.Max(0, worst - usual[usual.Length / 2]) / (double)Stopwatch.Frequency;
    }

    // As the service does it.
    private static LoraAdapter Load(string folder, DecoderModel model)
    {
        var adapter = LoraAdapter.Load(folder, model);
        adapter.RoundForServing();
        return adapter;
    }

    private static GenerationConfig Config(int tokens) => new() { TokensMax = tokens, Temperature = 0 };

    private static async Task Last(GenerationEngine.Answer answer)
    {
        await foreach (GeneratedToken _ in answer.ReadAsync())
        {
        }
    }
}
