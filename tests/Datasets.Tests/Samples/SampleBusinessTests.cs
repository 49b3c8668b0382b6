using System.Text.Json;
using System.Text.RegularExpressions;
using Ratchet.TestKit;

namespace Ratchet.Datasets.Tests.Samples;

/// <summary>The sample business must give honest numbers: no document on both sides, every fact and reference where it is claimed.</summary>
public sealed partial class SampleBusinessTests
{
    private static readonly string Samples = Path.Combine(SourceTree.Root, "samples");
    private static readonly string Business = Path.Combine(Samples, "business");
    private static readonly IReadOnlyList<SampleRow> Training = SampleRow.Read(Path.Combine(Business, "examples.jsonl"));
    private static readonly IReadOnlyList<SampleRow> Covered = SampleRow.Read(Path.Combine(Business, "covered.jsonl"));
    private static readonly IReadOnlyList<SampleRow> HeldOut = SampleRow.Read(Path.Combine(Business, "held_out.jsonl"));
    private static readonly IReadOnlyList<SampleRow> Chinese = SampleRow.Read(Path.Combine(Business, "chinese.jsonl"));

    private static IEnumerable<SampleRow> All => [.. Training, .. Covered, .. HeldOut, .. Chinese];

    [Fact]
    public void Counts_are_those_that_the_gate_and_the_first_cycle_expect()
    {
        Assert.Equal(360, Training.Count);
        Assert.Equal(100, Covered.Count);
        Assert.Equal(120, HeldOut.Count);
        Assert.Equal(40, Training.Select(row => row.DocumentKey).Distinct().Count());
        Assert.Equal(20, HeldOut.Select(row => row.DocumentKey).Distinct().Count());
        Assert.True(Directory.GetFiles(Path.Combine(Business, "documents")).Length >= 60);
    }

    [Fact]
    public void Splits_states_and_flags_are_set()
    {
        Assert.All(Training, row => Assert.Equal(("train", true), (row.Split, row.Counted)));
        Assert.All(Covered.Concat(HeldOut), row => Assert.Equal(("held_out", true), (row.Split, row.Counted)));
        Assert.All(Chinese, row => Assert.Equal(("held_out", false), (row.Split, row.Counted)));
        Assert.All(All, row => Assert.Equal(("millrace", "approved"), (row.Collection, row.State)));
    }

    [Fact] // F103: held out by document, never by chunk.
    public void No_document_stands_on_both_sides()
    {
        HashSet<string> trained = [.. Training.Select(row => row.DocumentKey)];

        Assert.All(Covered, row => Assert.Contains(row.DocumentKey, trained));
        Assert.All(HeldOut, row => Assert.DoesNotContain(row.DocumentKey, trained));
        Assert.All(Chinese, row => Assert.DoesNotContain(row.DocumentKey, trained));
    }

    [Fact]
    public void No_question_is_asked_twice()
    {
        string[] repeated = [.. All.GroupBy(row => row.Question.ToLowerInvariant()).Where(group => group.Count() > 1).Select(group => group.Key)];

        Assert.Empty(repeated);
    }

    [Fact]
    public void Every_fact_of_an_answer_stands_in_one_line_of_its_document()
    {
        foreach (SampleRow row in All)
        {
            string reference = ReferenceAtTheEnd().Match(row.Answer).Groups[1].Value;
            Assert.True(reference.Length > 0, $"'{row.Answer}' does not end with a reference such as [Rule R-37].");
            string[] lines = File.ReadAllLines(Path.Combine(Business, "documents", row.DocumentKey));
            string line = Assert.Single(lines, text => text.Contains(reference, StringComparison.Ordinal));
            string[] known = [.. Numbers().Matches(line).Select(match => match.Value)];
            string fact = row.Answer[..row.Answer.LastIndexOf('[')];
            Assert.All(Numbers().Matches(fact), number => Assert.Contains(number.Value, known));
        }
    }

    [Fact]
    public void A_reference_belongs_to_one_document_only()
    {
        var owners = new Dictionary<string, string>();
        foreach (string file in Directory.GetFiles(Path.Combine(Business, "documents")))
        {
            foreach (string reference in Reference().Matches(File.ReadAllText(file)).Select(match => match.Value))
            {
                Assert.True(owners.TryAdd(reference, file), $"{reference} stands in {file} and in {owners[reference]}.");
            }
        }
    }

    [Fact]
    public void Answers_are_as_short_as_the_house_voice_wants()
    {
        Assert.All(
            Training.Concat(Covered).Concat(HeldOut),
            row => Assert.InRange(row.Answer.Split(' ').Length, 5, 15));
    }

    [Fact]
    public void The_list_of_documents_names_each_file_once_and_pins_its_split()
    {
        var splits = File.ReadLines(Path.Combine(Business, "documents.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(row => row.GetProperty("key").GetString()!, row => row.GetProperty("split").GetString()!);

        Assert.Equal(
            Directory.GetFiles(Path.Combine(Business, "documents")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
            splits.Keys.Order(StringComparer.Ordinal));
        Assert.All(Training, row => Assert.Equal("train", splits[row.DocumentKey]));
        Assert.All(HeldOut.Concat(Chinese), row => Assert.Equal("held_out", splits[row.DocumentKey]));
    }

    [Fact]
    public void General_questions_know_nothing_of_the_business_and_do_not_repeat()
    {
        string[] probe = File.ReadAllLines(Path.Combine(Samples, "general", "probe.jsonl"));
        string[] replay = File.ReadAllLines(Path.Combine(Samples, "general", "replay.jsonl"));

        Assert.Equal((100, 100), (probe.Length, replay.Length));
        string[] questions = [.. probe.Concat(replay).Select(line =>
            JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!)];
        Assert.Equal(200, questions.Distinct().Count());
        Assert.All(probe.Concat(replay), line => Assert.DoesNotMatch(Reference(), line));
        Assert.All(probe.Concat(replay), line => Assert.DoesNotContain("millrace", line, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"\[(Rule [A-Z]-\d{2})\]$")]
    private static partial Regex ReferenceAtTheEnd();

    [GeneratedRegex(@"Rule [A-Z]-\d{2}")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\d+(?:[.:]\d+)*")]
    private static partial Regex Numbers();
}
