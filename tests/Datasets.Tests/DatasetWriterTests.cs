using static Ratchet.Datasets.Tests.DatasetText;

namespace Ratchet.Datasets.Tests;

public sealed class DatasetWriterTests
{
    private static readonly ConversationRow Plain = new(
        [new ConversationMessage("system", "Be \"short\""), new ConversationMessage("user", "When?\n你好, now"), new ConversationMessage("assistant", "At 8")], 1);

    private static readonly ConversationRow Long = new(
        [
            new ConversationMessage("user", "a"), new ConversationMessage("assistant", "b"),
            new ConversationMessage("user", "c"), new ConversationMessage("assistant", "d"),
        ],
        2);

    [Theory]
    [InlineData(DatasetFormat.Chat, DatasetContainer.JsonLines)]
    [InlineData(DatasetFormat.ShareGpt, DatasetContainer.JsonArray)]
    [InlineData(DatasetFormat.Alpaca, DatasetContainer.JsonArray)]
    [InlineData(DatasetFormat.Alpaca, DatasetContainer.JsonLines)]
    public void What_is_written_is_read_again(DatasetFormat format, DatasetContainer container)
    {
        DatasetReadResult result = Read(Written([Plain, Long], format, container), container == DatasetContainer.JsonArray ? "x.json" : "x.jsonl");

        Assert.Equal((format, container, 0), (result.Format, result.Report.Container, result.Report.ErrorCount));
        Assert.Equal(
            Plain.Messages.Concat(Long.Messages).Select(message => (message.Role, message.Content)),
            result.Rows.SelectMany(row => row.Messages).Select(message => (message.Role, message.Content)));
    }

    [Theory]
    [InlineData(DatasetFormat.QuestionAnswer)]
    [InlineData(DatasetFormat.PromptCompletion)]
    public void Pairs_are_written_as_lines_and_as_a_table(DatasetFormat format)
    {
        foreach (DatasetContainer container in new[] { DatasetContainer.JsonLines, DatasetContainer.Csv })
        {
            DatasetReadResult result = Read(Written([Plain], format, container), container == DatasetContainer.Csv ? "x.csv" : "x.jsonl");

            Assert.Equal(("When?\n你好, now", "At 8"), (result.Rows[0].Question, result.Rows[0].Answer));
        }
    }

    [Fact]
    public void Tool_calls_survive_chat_and_sharegpt()
    {
        ConversationRow row = new(
            [
                new ConversationMessage("user", "Weather?"),
                new ConversationMessage("assistant", "", ToolCalls: """[{"type":"function","function":{"name":"weather","arguments":"{\u0022city\u0022:1}"}}]"""),
                new ConversationMessage("tool", "rain"),
                new ConversationMessage("assistant", "Rain."),
            ],
            1)
        { Tools = """[{"name":"weather"}]""" };

        foreach (DatasetFormat format in new[] { DatasetFormat.Chat, DatasetFormat.ShareGpt })
        {
            ConversationRow read = Read(Written([row], format, DatasetContainer.JsonLines)).Rows[0];

            Assert.Contains("weather", read.Messages[1].ToolCalls);
            Assert.Equal("""[{"name":"weather"}]""", read.Tools);
        }
    }

    [Fact]
    public void Preferences_are_written_as_openai_wants_them()
    {
        ConversationRow row = new([new ConversationMessage("user", "Hi")], 1)
        {
            Preferred = new ConversationMessage("assistant", "Hello"),
            NonPreferred = new ConversationMessage("assistant", "Go"),
        };

        ConversationRow read = Read(Written([row], DatasetFormat.Preference, DatasetContainer.JsonLines)).Rows[0];

        Assert.Equal(("Hi", "Hello", "Go"), (read.Question, read.Answer, read.NonPreferred!.Content));
    }

    [Fact]
    public void What_a_format_cannot_say_is_refused()
    {
        ConversationRow weighted = new(
            [new ConversationMessage("user", "a"), new ConversationMessage("assistant", "b", Weight: 0), new ConversationMessage("user", "c"), new ConversationMessage("assistant", "d")],
            7);

        NotSupportedException fault = Assert.Throws<NotSupportedException>(() => Written([weighted], DatasetFormat.ShareGpt, DatasetContainer.JsonLines));
        Assert.Contains("line 7", fault.Message);
        Assert.Throws<NotSupportedException>(() => Written([Long], DatasetFormat.QuestionAnswer, DatasetContainer.JsonLines));
        Assert.Throws<NotSupportedException>(() => Written([Plain], DatasetFormat.Chat, DatasetContainer.Csv));
    }

    private static byte[] Written(IEnumerable<ConversationRow> rows, DatasetFormat format, DatasetContainer container)
    {
        using var stream = new MemoryStream();
        DatasetWriter.Write(stream, rows, format, container);
        return stream.ToArray();
    }
}
