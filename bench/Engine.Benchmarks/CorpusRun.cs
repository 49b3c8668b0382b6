using System.Diagnostics;
using System.Text.Json;

namespace Ratchet.Engine.Benchmarks;

/// <summary>How the cost of a question, and of the chunk that is added last, grows with the chunks that are there; a line of JSON.</summary>
internal static class CorpusRun
{
    private const int Limit = 10;
    private const int Repeats = 15;

    public static async Task PrintAsync()
    {
        var rows = new List<double[]>();
        foreach (int chunks in (int[])[1_000, 10_000, 100_000])
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            using var corpus = new SearchCorpus(chunks);
            double filled = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / chunks;
            rows.Add(
            [
                chunks,
                await BestAsync(() => corpus.ByMeaningAsync(Limit)),
                await BestAsync(() => Task.FromResult(corpus.ByWords(Limit))),
                await BestAsync(() => corpus.FusedAsync(Limit)),
                await BestAsync(() => corpus.AddAndRemoveAsync()),
                filled,
            ]);
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            title = "A question to a corpus, by its chunks of 384 numbers and some 70 words",
            columns = (string[])["chunks", "by meaning, µs", "by words, µs", "both fused, µs", "a document of 20 added and removed, µs", "filling, µs a chunk with its text made"],
            rows,
        }));
    }

    private static async Task<double> BestAsync(Func<Task<int>> run)
    {
        double best = double.MaxValue;
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return best;
    }
}
