using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Megabytes of text a second, one thread, of every tokenizer that lies in tests/golden and models.</summary>
internal static class TokenizerRun
{
    private const int TextBytes = 4_000_000;

    public static void Print()
    {
        string root = SourceTree.Root;
        string english = Text(root, "*.md", name => !name.Contains("zh-CN", StringComparison.Ordinal));
        string chinese = Text(root, "*zh-CN.md", _ => true);
        string code = Text(root, "*.cs", _ => true);
        Console.WriteLine($"{"tokenizer",-28}{"load ms",9}{"English",10}{"Chinese",10}{"code",10}{"offsets",10}  MB/s");
        foreach (string folder in Directory.GetDirectories(Path.Combine(root, "tests", "golden", "tokenizers")).Order(StringComparer.Ordinal))
        {
            foreach (string file in (string[])["tokenizer.json", "vocab.json", "vocab.txt", "spiece.model"])
            {
                if (File.Exists(Path.Combine(folder, file + ".gz")))
                {
                    Show($"{Path.GetFileName(folder)} {file}", () => TokenizerFolder.Read(Unpacked(folder, file)));
                }
            }
        }

        foreach (string path in Directory.GetFiles(Path.Combine(root, "models"), "*.gguf").Order(StringComparer.Ordinal))
        {
            Show(Path.GetFileNameWithoutExtension(path), () =>
            {
                using var file = GgufFile.Open(path);
                return Tokenizers.Create(GgufVocabularyReader.Read(file, int.MaxValue));
            });
        }

        void Show(string name, Func<ITokenizer> read)
        {
            long start = Stopwatch.GetTimestamp();
            ITokenizer tokenizer = read();
            double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Console.WriteLine(
                $"{name,-28}{load,9:0}{Rate(() => tokenizer.Encode(english), english),10:0.0}{Rate(() => tokenizer.Encode(chinese), chinese),10:0.0}"
                + $"{Rate(() => tokenizer.Encode(code), code),10:0.0}{Rate(() => tokenizer.EncodeWithOffsets(english), english),10:0.0}");
        }
    }

    // The better of two, after one that fills caches and lets the compiler settle.
    private static double Rate(Action encode, string text)
    {
        double bytes = Encoding.UTF8.GetByteCount(text);
        encode();
        double best = double.MaxValue;
        for (int i = 0; i < 2; i++)
        {
            // The processor's time, not the clock's: others may be at work on the machine.
            TimeSpan start = Environment.CpuUsage.TotalTime;
            encode();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }

        return bytes / best / 1e6;
    }

    private static string Text(string root, string pattern, Func<string, bool> takes)
    {
        var text = new StringBuilder();
        string[] files =
        [
            .. new[] { "docs", "src", "samples", "." }.Select(part => Path.Combine(root, part)).Where(Directory.Exists)
                .SelectMany(folder => Directory.GetFiles(folder, pattern, Path.GetFileName(folder) == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
                .Where(takes).Order(StringComparer.Ordinal),
        ];
        for (int i = 0; files.Length > 0 && text.Length < TextBytes / (pattern.Contains("zh", StringComparison.Ordinal) ? 3 : 1); i++)
        {
            text.Append(File.ReadAllText(files[i % files.Length]));
        }

        return text.ToString();
    }

    private static string Unpacked(string folder, string file)
    {
        string target = Directory.CreateTempSubdirectory("ratchet-bench-").FullName;
        foreach (string name in (string[])[file, "merges.txt", "tokenizer_config.json"])
        {
            string packed = Path.Combine(folder, name + ".gz");
            if (File.Exists(packed))
            {
                using var stream = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress);
                using FileStream plain = File.Create(Path.Combine(target, name));
                stream.CopyTo(plain);
            }
        }

        return target;
    }
}
