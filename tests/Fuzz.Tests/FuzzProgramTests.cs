using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Ratchet.TestKit;

namespace Ratchet.Fuzz.Tests;

/// <summary>The fuzz program itself, as a process of its own: an input that kills it does not kill the tests.</summary>
public sealed partial class FuzzProgramTests : IDisposable
{
    private const double InputsPerSecondMin = 200_000 / 60.0;

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-fuzz-").FullName;

    private static double InputsMin => InputsPerSecondMin * double.Parse(Seconds, CultureInfo.InvariantCulture);

    // FUZZ_SECONDS and FUZZ_SEED look longer and elsewhere; FUZZ_REPORT names a file for what the program says.
    private static string Seconds => Environment.GetEnvironmentVariable("FUZZ_SECONDS") is { Length: > 0 } seconds ? seconds : "60";

    private static string Seed => Environment.GetEnvironmentVariable("FUZZ_SEED") is { Length: > 0 } seed ? seed : "1";

    [Fact]
    public async Task Damaged_files_are_taken_or_refused_by_every_reader()
    {
        (int code, string said) = await RunAsync("--seconds", Seconds, "--seed", Seed, "--least", InputsMin.ToString("F0", CultureInfo.InvariantCulture), "--out", _folder);
        if (Environment.GetEnvironmentVariable("FUZZ_REPORT") is { Length: > 0 } report)
        {
            await File.WriteAllTextAsync(report, said);
        }

        Match last = LastLine().Match(said);
        Assert.True(last.Success && code == 0, $"The program ended with {code}{ReadingNow()}:\n{said}");
        double inputs = double.Parse(last.Groups["inputs"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        Assert.True(inputs >= InputsMin, $"Only {inputs:N0} inputs were tried; {InputsMin:N0} are wanted.");
    }

    [Fact]
    public async Task What_is_not_understood_ends_with_the_usage()
    {
        (int code, string said) = await RunAsync("--second", "1");

        Assert.Equal(2, code);
        Assert.Contains("Usage: fuzz", said, StringComparison.Ordinal);
        (code, said) = await RunAsync("--reader", "nothing", "--seconds", "1", "--out", _folder);
        Assert.Equal(2, code);
        Assert.Contains("gguf", said, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // A process that an input killed left behind which it was.
    private string ReadingNow()
    {
        string path = Path.Combine(_folder, FuzzRun.PlaceFile);
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        byte[] places = File.ReadAllBytes(path);
        return " while reading " + string.Join(" and ", Enumerable.Range(0, places.Length / 16).Select(i =>
            $"input {BitConverter.ToInt64(places, (16 * i) + 8)} of reader {BitConverter.ToInt64(places, 16 * i)}"));
    }

    private static async Task<(int Code, string Said)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(FuzzRun).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = SourceTree.Root,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + errors);
    }

    [GeneratedRegex(@"fuzz: (?<inputs>[0-9,]+) inputs over \d+ readers in \d+ s with seed -?\d+, 0 failures\s*$")]
    private static partial Regex LastLine();
}
