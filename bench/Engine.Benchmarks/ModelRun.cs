using System.Diagnostics;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Prefill and decoding of the bundled model: a look for the eyes.</summary>
internal static class ModelRun
{
    private const int Repeats = 3;

    public static void Print(string only)
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        using DecoderModel model = DecoderReader.Read(file);
        RowLoop.ThreadCount = 1;
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            if (only.Length > 0 && !only.Equals(precision.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            using var runner = new DecoderRunner(model, precision, 512);
            foreach (int tokens in (int[])[32, 256])
            {
                Console.WriteLine($"{precision} prefill {tokens,4}: {Best(() => Prefill(runner, tokens, 1)) * tokens,8:F0} tokens/s");
            }

            Console.WriteLine($"{precision} prefill 4x128: {Best(() => Prefill(runner, 128, 4)) * 512,8:F0} tokens/s");
            foreach (int sequences in (int[])[1, 4, 16])
            {
                Console.WriteLine($"{precision} decode {sequences,3} sequences: {Decode(runner, sequences),8:F0} tokens/s");
            }
        }
    }

    private static double Best(Action run)
    {
        double best = double.MaxValue;
        for (int i = 0; i < Repeats; i++)
        {
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            run();
            best = Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
        }

        return 1 / best;
    }

    private static void Prefill(DecoderRunner runner, int tokens, int sequences)
    {
        ISequenceCache[] caches = [.. Enumerable.Range(0, sequences).Select(_ => runner.CreateCache(tokens))];
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => (i * 37 % 40000) + 100)];
        runner.Forward([.. caches.Select(cache => new SequencePiece(cache, ids))]);
        foreach (ISequenceCache cache in caches)
        {
            cache.Dispose();
        }
    }

    private static double Decode(DecoderRunner runner, int sequences)
    {
        const int Prefix = 100;
        const int Steps = 24;
        ISequenceCache[] caches = [.. Enumerable.Range(0, sequences).Select(_ => runner.CreateCache(Prefix + Steps))];
        int[] ids = [.. Enumerable.Range(0, Prefix).Select(i => (i * 37 % 40000) + 100)];
        foreach (ISequenceCache cache in caches)
        {
            runner.Forward([new SequencePiece(cache, ids)]);
        }

        SequencePiece[] pieces = [.. caches.Select(cache => new SequencePiece(cache, ids.AsMemory(0, 1)))];
        double best = double.MaxValue;
        for (int i = 0; i < Steps; i++)
        {
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            runner.Forward(pieces);
            best = Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
        }

        foreach (ISequenceCache cache in caches)
        {
            cache.Dispose();
        }

        return sequences / best;
    }
}
