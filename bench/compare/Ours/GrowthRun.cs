using System.Text.Json;
using Ratchet.Engine.Kernels;

namespace Ratchet.Ours;

/// <summary>How cost grows with length, batch, rank and cores, a line of JSON for each table.</summary>
internal static class GrowthRun
{
    private const double Seconds = 0.7;

    private static readonly string[] Columns = ["", "1 core, tokens/s", "2 cores, tokens/s", "2 / 1"];

    public static void Print(string folder)
    {
        int usual = RowLoop.ThreadCount;
        foreach ((string title, int[] sizes, Func<int, Samples> run) in ((string, int[], Func<int, Samples>)[])
        [
            ("Prefill by tokens of the prompt", [32, 128, 512, 2048], n => ReadingRun.Prefill(folder, n, Seconds)),
            ("Decoding by streams, after 128 tokens each", [1, 4, 16], n => DecodingRun.Streams(folder, Seconds, n, 0)),
            ("Decoding of 16 streams by adapters of rank 16 among them", [0, 1, 4], n => DecodingRun.Streams(folder, Seconds, 16, n)),
            ("Embedding by tokens of a text", [16, 64, 128, 256, 512], n => ReadingRun.Embed(folder, n, Seconds)),
            ("A step of training by tokens of each of 2 samples, rank 8", [32, 128, 256, 512], n => LearningRun.Steps(folder, Seconds, 2, n, 8)),
            ("A step of training by samples of 256 tokens, rank 8", [1, 2, 4], n => LearningRun.Steps(folder, Seconds, n, 256, 8)),
            ("A step of training by rank, 2 samples of 256 tokens", [2, 8, 32], n => LearningRun.Steps(folder, Seconds, 2, 256, n)),
        ])
        {
            var rows = new List<double[]>();
            foreach (int size in sizes)
            {
                RowLoop.ThreadCount = 1;
                double one = run(size).Rates.Max();
                RowLoop.ThreadCount = 2;
                double two = run(size).Rates.Max();
                rows.Add([size, one, two, two / one]);
            }

            Console.WriteLine(JsonSerializer.Serialize(new { title, columns = Columns, rows }));
        }

        RowLoop.ThreadCount = usual;
    }
}
