using Ratchet.Fuzz.Inputs;
using Ratchet.Fuzz.Readers;

namespace Ratchet.Fuzz.Tests;

/// <summary>Planted readers that break their promise in each way: a search that finds nothing must be able to find something.</summary>
public sealed class FuzzRunTests : IDisposable
{
    private static readonly FuzzSample Sample = new("sample", [.. Enumerable.Range(0, 64).Select(i => (byte)i)], SampleForm.Binary);

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-fuzz-").FullName;

    [Fact]
    public void An_exception_that_is_not_documented_is_found_and_its_input_kept()
    {
        FuzzReader planted = Planted(bytes => bytes.Length is > 0 and < 64 ? throw new InvalidOperationException("planted") : true);

        (int code, string said) = Run(planted, seconds: 0.3);

        Assert.Equal(1, code);
        Assert.Contains("threw what it does not document: System.InvalidOperationException: planted", said, StringComparison.Ordinal);
        string kept = Assert.Single(Directory.GetFiles(_folder, "*.input"));
        string number = Path.GetFileNameWithoutExtension(kept).Split('-')[^1];
        Assert.Contains($"--seed 1 --reader planted --input {number}", said, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(kept), InputMaker.Make(planted, 1, long.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).Input);
    }

    [Fact]
    public void A_documented_refusal_is_no_failure()
    {
        (int code, string said) = Run(Planted(_ => throw new FormatException("planted")), seconds: 0.2);

        Assert.Equal(0, code);
        Assert.EndsWith("with seed 1, 0 failures", said.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_memory_than_allowed_is_found()
    {
        (int code, string said) = Run(Planted(bytes => new byte[bytes.Length * 5000].Length >= 0), seconds: 0.2);

        Assert.Equal(1, code);
        Assert.Contains("is allowed", said, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_that_computes_for_longer_than_a_second_every_time_is_found()
    {
        int reads = 0;
        (int code, string said) = Run(
            Planted(_ =>
            {
                reads++;
                for (TimeSpan begun = ThreadClock.Now; ThreadClock.Now - begun < 1.1 * FuzzWorker.TimeMax;)
                {
                    Thread.SpinWait(1000);
                }

                return true;
            }),
            seconds: 0.1);

        Assert.Equal(1, code);
        Assert.Contains("s; 1 s is allowed", said, StringComparison.Ordinal);
        Assert.Equal(3, reads);
    }

    [Fact]
    public void An_input_that_was_slow_because_the_machine_was_busy_is_no_failure()
    {
        int reads = 0;
        (int code, _) = Run(
            Planted(_ =>
            {
                Thread.Sleep(reads++ == 0 ? FuzzWorker.TimeMax + TimeSpan.FromMilliseconds(50) : TimeSpan.FromMilliseconds(1));
                return true;
            }),
            seconds: 0.1);

        Assert.Equal(0, code);
        Assert.True(reads > 1);
    }

    [Fact]
    public void An_input_depends_on_seed_reader_and_number_alone()
    {
        IReadOnlyList<FuzzReader> readers = AllReaders.Create(_folder);
        Assert.Equal(readers.Count, readers.Select(reader => reader.Name).Distinct().Count());
        foreach (FuzzReader reader in readers)
        {
            for (long number = 0; number < 50; number++)
            {
                byte[] input = InputMaker.Make(reader, 5, number).Input;
                Assert.Equal(input, InputMaker.Make(reader, 5, number).Input);
            }

            Assert.NotEqual(
                Enumerable.Range(0, 20).Select(n => Convert.ToHexString(InputMaker.Make(reader, 5, n).Input)),
                Enumerable.Range(0, 20).Select(n => Convert.ToHexString(InputMaker.Make(reader, 6, n).Input)));
        }
    }

    [Fact]
    public void Sound_samples_are_taken()
    {
        foreach (FuzzReader reader in AllReaders.Create(_folder))
        {
            // A template of the features may refuse by design.
            Assert.All(reader.Samples.Where(sample => sample.Form != SampleForm.Template), sample => Assert.True(reader.Read(sample, sample.Bytes) || reader.Name == "dataset"));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static FuzzReader Planted(Func<byte[], bool> read) =>
        new("planted", [Sample], (_, bytes) => read(bytes), e => e is FormatException, new MemoryBound(100_000, 8));

    private (int Code, string Said) Run(FuzzReader planted, double seconds)
    {
        using var output = new StringWriter();
        int code = new FuzzRun(new FuzzArguments { Seconds = seconds, Threads = 1, Folder = _folder }, _ => [planted]).Run(output);
        return (code, output.ToString());
    }
}
