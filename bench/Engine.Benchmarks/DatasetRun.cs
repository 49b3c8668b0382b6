using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ratchet.Datasets;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Megabytes a second, of processor time, that the check of an uploaded data set reads: every format, nothing left out.</summary>
internal static class DatasetRun
{
    private const int Repeats = 3;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true };

    /// <param name="megabytes">Of each file.</param>
    /// <param name="only">A part of a format's name; empty for all.</param>
    public static void Print(int megabytes, string only)
    {
        Console.WriteLine($"{"format",-28}{"MB",8}{"rows",10}{"MB/s",8}{"clock",8}");
        foreach ((string name, string file, Func<int, byte[]> make) in ((string, string, Func<int, byte[]>)[])
        [
            ("chat, JSONL", "rows.jsonl", bytes => Lines(bytes, Chat)),
            ("chat in Chinese, JSONL", "rows.jsonl", bytes => Lines(bytes, Chinese)),
            ("Alpaca, JSON", "rows.json", Alpaca),
            ("ShareGPT, JSONL", "rows.jsonl", bytes => Lines(bytes, ShareGpt)),
            ("preference, JSONL", "rows.jsonl", bytes => Lines(bytes, Preference)),
            ("prompt and completion, CSV", "rows.csv", Csv),
        ])
        {
            if (name.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                Show(name, file, make(megabytes * 1_000_000));
            }
        }
    }

    private static void Show(string name, string file, byte[] content)
    {
        (double best, double clock, int rows) = (double.MaxValue, double.MaxValue, 0);
        for (int i = 0; i < Repeats; i++)
        {
            using var stream = new MemoryStream(content, writable: false);
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            DatasetReport report = DatasetReader.Check(stream, file);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            clock = Math.Min(clock, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds);
            rows = report.Errors.Count == 0 && report.Rejected == 0 ? report.Accepted
                : throw new InvalidDataException($"{name}: line {report.Errors[0].Line}: {report.Errors[0].Message}");
        }

        Console.WriteLine($"{name,-28}{content.Length / 1e6,8:0.0}{rows,10:N0}{content.Length / best / 1e6,8:0.0}{content.Length / clock / 1e6,8:0.0}");
    }

    private static byte[] Lines(int bytes, Func<MadeText, object> row)
    {
        var text = new MadeText(160);
        using var lines = new MemoryStream(bytes + 4096);
        while (lines.Length < bytes)
        {
            JsonSerializer.Serialize(lines, row(text), Plain);
            lines.WriteByte((byte)'\n');
        }

        return lines.ToArray();
    }

    private static object Chat(MadeText text) => new
    {
        messages = new[]
        {
            new { role = "system", content = "You answer questions about the business from what you have learned." },
            new { role = "user", content = text.Paragraph(2) },
            new { role = "assistant", content = $"{text.Paragraph(3)}\n\n- {text.Paragraph(1)}\n- \"{text.Paragraph(1)}\"" },
        },
    };

    // Each character a word of its own: the densest text there is.
    private static object Chinese(MadeText text) => new
    {
        messages = new[] { new { role = "user", content = Sentence(text, 60) }, new { role = "assistant", content = Sentence(text, 150) } },
    };

    private static string Sentence(MadeText text, int characters)
    {
        var sentence = new StringBuilder();
        for (int i = 0; i < characters; i++)
        {
            sentence.Append(i % 17 == 16 ? '，' : (char)(0x4E00 + text.Next(3000)));
        }

        return sentence.Append('。').ToString();
    }

    private static object ShareGpt(MadeText text) => new
    {
        conversations = Enumerable.Range(0, 4).Select(turn => new { from = turn % 2 == 0 ? "human" : "gpt", value = text.Paragraph((turn % 2 * 2) + 1) }),
    };

    private static object Preference(MadeText text) => new
    {
        input = new { messages = new[] { new { role = "user", content = text.Paragraph(2) } } },
        preferred_completion = new[] { new { role = "assistant", content = text.Paragraph(3) } },
        non_preferred_completion = new[] { new { role = "assistant", content = text.Paragraph(3) } },
    };

    private static byte[] Alpaca(int bytes)
    {
        var text = new MadeText(160);
        var rows = new List<object>();
        for (long size = 0; size < bytes;)
        {
            string[] fields = [text.Paragraph(1), text.Paragraph(2), text.Paragraph(4)];
            rows.Add(new { instruction = fields[0], input = fields[1], output = fields[2] });
            size += fields.Sum(field => field.Length) + 60;
        }

        return JsonSerializer.SerializeToUtf8Bytes(rows, Indented);
    }

    private static byte[] Csv(int bytes)
    {
        var text = new MadeText(160);
        var table = new StringBuilder("prompt,completion\n");
        while (table.Length < bytes)
        {
            table.Append('"').Append(text.Paragraph(2)).Append("\",\"").Append(text.Paragraph(4)).Append(" \"\"").Append(text.Paragraph(1)).Append("\"\"\"\n");
        }

        return Encoding.UTF8.GetBytes(table.ToString());
    }
}
