using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Ratchet.RagService.Infrastructure.Embedded;
using Ratchet.RagService.Ports;

namespace Ratchet.Compare;

/// <summary>The knowledge base's own vector store against faiss, on the same vectors and queries.</summary>
internal static class SearchRun
{
    public const int Dimensions = 384;
    public const int Corpus = 100_000;
    public const int Limit = 10;

    private const int QueryCount = 64;
    private const int CheckedQueries = 32;
    private const float ScoreTolerance = 1e-5f;

    /// <summary>One round, and that both found the same.</summary>
    public static Round Compare(Workplace place)
    {
        string vectors = Write(place, Corpus);
        string count = Corpus.ToString(CultureInfo.InvariantCulture);
        string ours = place.Run(Workplace.ProgramOf("Compare"), ["search-ours", vectors, count], isMeasured: true);
        string theirs = place.RunPython("search.py", vectors, count, Dimensions.ToString(CultureInfo.InvariantCulture));
        string? difference = Difference(ours, theirs);
        return difference is null
            ? Round.Of(Measured.Parse(ours), Measured.Parse(theirs).Median)
            : throw new PeerException($"both sides found different things: {difference}");
    }

    /// <summary>Our side, in a process of its own.</summary>
    /// <param name="vectors">Rows of numbers, the queries last.</param>
    /// <param name="count">Rows that are searched.</param>
    public static async Task<int> PrintAsync(string vectors, int count)
    {
        float[] numbers = MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(vectors)).ToArray();
        using var store = new EmbeddedVectorStore();
        var labels = new ChunkLabels("document", "collection", new Dictionary<string, string>());
        await store.UpsertAsync(
            [.. Enumerable.Range(0, count).Select(row => new VectorEntry(row.ToString(CultureInfo.InvariantCulture), labels, Row(row)))],
            CancellationToken.None);
        ReadOnlyMemory<float>[] queries = [.. Enumerable.Range(count, QueryCount).Select(Row)];

        var found = new List<object>();
        foreach (ReadOnlyMemory<float> query in queries.Take(CheckedQueries))
        {
            IReadOnlyList<VectorMatch> matches = await store.SearchAsync(query, Limit, ChunkFilter.None, CancellationToken.None);
            found.Add(new
            {
                ids = matches.Select(match => int.Parse(match.ChunkId, CultureInfo.InvariantCulture)),
                scores = matches.Select(match => match.Similarity),
            });
        }

        var rates = new List<double>();
        long end = Stopwatch.GetTimestamp() + (4 * Stopwatch.Frequency);
        while (rates.Count < 3 || Stopwatch.GetTimestamp() < end)
        {
            long start = Stopwatch.GetTimestamp();
            foreach (ReadOnlyMemory<float> query in queries)
            {
                await store.SearchAsync(query, Limit, ChunkFilter.None, CancellationToken.None);
            }

            rates.Add(QueryCount / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Console.WriteLine(JsonSerializer.Serialize(new { unit = "queries/s", samples = rates, found }));
        return 0;

        ReadOnlyMemory<float> Row(int row) => numbers.AsMemory(row * Dimensions, Dimensions);
    }

    // Vectors of length 1 around a few hundred centres, as texts are; every fiftieth is a copy of the row before it, for ties.
    private static string Write(Workplace place, int count)
    {
        string path = Path.Combine(place.Peers, $"vectors-{count}.f32");
        long bytes = (long)(count + QueryCount) * Dimensions * sizeof(float);
        if (File.Exists(path) && new FileInfo(path).Length == bytes)
        {
            return path;
        }

        Directory.CreateDirectory(place.Peers);
        var random = new Random(384);
        float[][] centres = [.. Enumerable.Range(0, 300).Select(_ => Unit(null))];
        using (FileStream file = File.Create(path))
        {
            float[] before = [];
            for (int row = 0; row < count + QueryCount; row++)
            {
                float[] vector = row % 50 == 49 && row < count ? before : Unit(centres[random.Next(centres.Length)]);
                file.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
                before = vector;
            }
        }

        return path;

        float[] Unit(float[]? centre)
        {
            double[] values = new double[Dimensions];
            for (int i = 0; i < Dimensions; i++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                values[i] = ((centre?[i] ?? 0) * Math.Sqrt(Dimensions)) + normal;
            }

            double length = Math.Sqrt(values.Sum(value => value * value));
            return [.. values.Select(value => (float)(value / length))];
        }
    }

    // The same scores at the same ranks, and the same rows but where scores tie: faiss promises no order among equals.
    private static string? Difference(string ours, string theirs)
    {
        using var left = JsonDocument.Parse(ours.TrimEnd().Split('\n')[^1]);
        using var right = JsonDocument.Parse(theirs.TrimEnd().Split('\n')[^1]);
        foreach ((JsonElement mine, JsonElement other) in left.RootElement.GetProperty("found").EnumerateArray()
            .Zip(right.RootElement.GetProperty("found").EnumerateArray()))
        {
            for (int rank = 0; rank < Limit; rank++)
            {
                double score = mine.GetProperty("scores")[rank].GetDouble();
                double theirScore = other.GetProperty("scores")[rank].GetDouble();
                if (Math.Abs(score - theirScore) > ScoreTolerance)
                {
                    return $"rank {rank + 1} scores {score} here and {theirScore} there.";
                }

                int id = mine.GetProperty("ids")[rank].GetInt32();
                bool isThere = other.GetProperty("ids").EnumerateArray().Any(theirId => theirId.GetInt32() == id);
                double last = other.GetProperty("scores")[Limit - 1].GetDouble();
                if (!isThere && score > last + ScoreTolerance)
                {
                    return $"row {id} is at rank {rank + 1} here and not among the {Limit} there.";
                }
            }
        }

        return null;
    }
}
