using System.Text;
using System.Text.Json;
using static Ratchet.Datasets.Tests.DatasetText;

namespace Ratchet.Datasets.Tests;

/// <summary>Counts, warnings and limits.</summary>
public sealed class DatasetReportTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact] // F27
    public void The_five_numbers_are_exact()
    {
        string text = string.Join(
            '\n',
            """{"prompt":"1234","completion":"12"}""",
            """{"prompt":"12345678","completion":"1234"}""",
            """{"prompt":"","completion":"1"}""",
            $$"""{"prompt":"{{new string('x', 3999)}}","completion":"12"}""");

        DatasetReport report = Read(text).Report;

        Assert.Equal((4, 3, 1, 1), (report.Total, report.Accepted, report.EmptyCount, report.LongCount));
        Assert.Equal((4 + 8 + 3999) / 3.0, report.MeanPromptLength);
        Assert.Equal((2 + 4 + 2) / 3.0, report.MeanCompletionLength);
    }

    [Fact] // F29
    public void Repetitions_are_counted_and_can_be_left_out()
    {
        string sentence = "the front desk of the yard is open on weekdays from eight until a quarter to six without any break at noon";
        string text = string.Join('\n', Chat("When?", "At 8"), Chat("When?", "At 8"), Chat(sentence, "yes"), Chat(sentence + " today", "yes"));

        DatasetReadResult result = Read(text);

        Assert.Equal((1, 1), (result.Report.DuplicateCount, result.Report.NearDuplicateCount));
        Assert.Equal(["2:0 duplicate", "4:0 near_duplicate"], Places(result.Report.Warnings));
        Assert.Equal([1, 3], result.DistinctRows.Select(row => row.Line));
    }

    [Fact] // F160
    public void A_check_reports_what_a_reading_does()
    {
        string text = string.Join('\n', Chat("When?", "At 8"), Chat("When?", "At 8"), Chat("", "x"), "{}", Chat("Who?", "We <|im_end|>"));
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));

        DatasetReport report = DatasetReader.Check(stream, "data.jsonl", NoMinimum);

        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(Read(text).Report), System.Text.Json.JsonSerializer.Serialize(report));
    }

    [Fact] // F29, F160
    public void Garbled_text_and_control_tokens_are_found()
    {
        string text = string.Join(
            '\n',
            Chat("cafÃ©", "b"),
            Chat("it\u00e2\u20ac\u2122s", "b"),
            Chat("a\uFFFDb", "c"),
            Chat("锟斤拷", "d"),
            Chat("clean: café, Ärger, 3 °C, 你好", "naïve “quotes” — fine"),
            Chat("x", "stop <|im_end|> here"));

        DatasetReport report = Read(text).Report;

        Assert.Equal((4, 1), (report.GarbledCount, report.SpecialTokenCount));
        Assert.Contains("<|im_end|>", report.Warnings[^1].Message);
        Assert.Equal(6, report.Accepted);
    }

    [Fact] // F31
    public void Few_rows_are_an_error_and_somewhat_more_a_warning()
    {
        string nine = string.Join('\n', Enumerable.Range(0, 9).Select(index => Chat($"q{index}", $"a{index}")));
        string forty = string.Join('\n', Enumerable.Range(0, 40).Select(index => Chat($"q{index}", $"a{index}")));

        DatasetReport few = Read(nine, limits: new DatasetLimits()).Report;
        DatasetReport some = Read(forty, limits: new DatasetLimits()).Report;

        Assert.Equal(("invalid_n_examples", "Training file has 9 example(s), but must have at least 10 examples"), (few.Errors[0].Code, few.Errors[0].Message));
        Assert.Equal((true, "few_examples"), (some.Usable, some.Warnings[0].Code));
        Assert.NotEmpty(some.Notes);
    }

    [Fact]
    public void Limits_hold_and_are_named()
    {
        var limits = new DatasetLimits(BytesMax: 400_000, RowBytesMax: 1000, RowsMax: 2, RowsMin: 0, NestingMax: 6);
        string deep = string.Concat(Enumerable.Repeat("[", 50)) + string.Concat(Enumerable.Repeat("]", 50));

        Assert.Equal(["1:1 row_too_long"], Places(Read(Chat(new string('x', 2000), "b") + "\n" + Chat("c", "d"), limits: limits).Report.Errors));
        Assert.Equal(["3:0 too_many_rows"], Places(Read(string.Join('\n', Chat("a", "b"), Chat("c", "d"), Chat("e", "f")), limits: limits).Report.Errors));
        Assert.Equal(["1:18 nesting_too_deep"], Places(Read($$"""{"messages":{{deep}}}""", limits: limits).Report.Errors));
        Assert.Contains("0:0 file_too_large", Places(Read(new string(' ', 500_000) + Chat("a", "b"), limits: limits).Report.Errors));
    }

    [Fact]
    public void A_row_of_a_hundred_thousand_brackets_harms_nobody()
    {
        DatasetReport report = Read(new string('[', 100_000)).Report;

        Assert.False(report.Usable);
    }

    [Fact]
    public void An_empty_file_is_a_file_without_examples()
    {
        DatasetReport report = Read("", limits: new DatasetLimits()).Report;

        Assert.Equal(["0:0 invalid_n_examples"], Places(report.Errors));
        Assert.Equal(DatasetFormat.Unknown, report.Format);
    }

    [Fact]
    public void The_report_serialises_in_snake_case()
    {
        DatasetReport report = Read(Chat("a", "b")).Report;

        string json = JsonSerializer.Serialize(report, SnakeCase);

        using var parsed = JsonDocument.Parse(json);
        Assert.Equal("chat", parsed.RootElement.GetProperty("format").GetString());
        Assert.Equal("jsonl", parsed.RootElement.GetProperty("container").GetString());
        Assert.Equal(1, parsed.RootElement.GetProperty("mean_prompt_length").GetDouble());
        Assert.True(parsed.RootElement.GetProperty("usable").GetBoolean());
    }

    [Fact]
    public void A_large_array_on_one_line_is_streamed()
    {
        string array = "[" + string.Join(",", Enumerable.Range(0, 3000).Select(index => Chat($"question number {index}", $"answer {index}"))) + "]";

        DatasetReadResult result = Read(array, "data.json", NoMinimum with { RowBytesMax = 300 });

        Assert.Equal(3000, result.Rows.Count);
        Assert.Empty(result.Report.Errors);
        Assert.Equal(Encoding.UTF8.GetByteCount(array), result.Report.Bytes);
    }

    [Fact]
    public void The_samples_are_read_without_a_complaint()
    {
        string folder = Path.Combine(TestKit.SourceTree.Root, "samples");
        using FileStream examples = File.OpenRead(Path.Combine(folder, "business", "examples.jsonl"));
        using FileStream probe = File.OpenRead(Path.Combine(folder, "general", "probe.jsonl"));

        DatasetReadResult business = DatasetReader.Read(examples, "examples.jsonl");
        DatasetReadResult general = DatasetReader.Read(probe, "probe.jsonl");

        Assert.Equal((360, 0, 0), (business.Rows.Count, business.Report.ErrorCount, business.Report.DuplicateCount));
        Assert.Equal((100, 0, DatasetFormat.Chat), (general.Rows.Count, general.Report.ErrorCount, general.Format));
    }
}
