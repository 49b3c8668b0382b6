using System.Text;
using Ratchet.Datasets.LlamaFactory;

namespace Ratchet.Datasets.Tests;

/// <summary>LLaMA-Factory's dataset_info.json (F25).</summary>
public sealed class DatasetInfoTests
{
    [Fact]
    public void The_entry_of_the_source_reads_its_conversations()
    {
        DatasetEntry entry = Read(
            """{"dreamhead":{"file_name":"dreamhead.json","formatting":"sharegpt","columns":{"messages":"conversations","system":"system","tools":"tools"}}}""")[0];

        ConversationRow row = Rows(
            entry, """[{"conversations":[{"from":"human","value":"hi"},{"from":"gpt","value":"hello"}],"system":"be kind","tools":"[]"}]""")[0];

        Assert.Equal("dreamhead.json", entry.FileName);
        Assert.Equal([("system", "be kind"), ("user", "hi"), ("assistant", "hello")], row.Messages.Select(m => (m.Role, m.Content)));
    }

    [Fact]
    public void Columns_of_any_name_become_what_the_entry_says()
    {
        DatasetEntry entry = Read(
            """{"qa":{"file_name":"qa.json","num_samples":1,"columns":{"prompt":"frage","query":"zusatz","response":"antwort","system":"rolle","history":"vorher"}}}""")[0];

        IReadOnlyList<ConversationRow> rows = Rows(
            entry,
            """[{"frage":"a","zusatz":"b","antwort":"c","rolle":"s","vorher":[["x","y"]],"output":"not meant","source":"kept"},{"frage":"d","antwort":"e"}]""");

        ConversationRow row = Assert.Single(rows);
        Assert.Equal([("system", "s"), ("user", "x"), ("assistant", "y"), ("user", "a\nb"), ("assistant", "c")], row.Messages.Select(m => (m.Role, m.Content)));
        Assert.Equal("kept", Assert.Single(row.Metadata).Value);
    }

    [Fact]
    public void Tags_of_any_name_become_roles()
    {
        DatasetEntry openai = Read("""{"o":{"file_name":"o.jsonl","formatting":"openai","columns":{"messages":"messages"}}}""")[0];
        DatasetEntry own = Read(
            """{"t":{"file_name":"t.json","formatting":"sharegpt","columns":{"messages":"talk"},"tags":{"role_tag":"who","content_tag":"says","user_tag":"Kunde","assistant_tag":"Bot"}}}""")[0];

        Assert.Equal(
            [("system", "s"), ("user", "q"), ("assistant", "a")],
            Rows(openai, """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""")[0].Messages.Select(m => (m.Role, m.Content)));
        Assert.Equal(
            [("user", "q"), ("assistant", "a")],
            Rows(own, """{"talk":[{"who":"Kunde","says":"q"},{"who":"Bot","says":"a"}],"messages":"not meant"}""")[0].Messages.Select(m => (m.Role, m.Content)));
    }

    [Fact]
    public void Rankings_give_a_better_and_a_worse_answer()
    {
        DatasetEntry flat = Read("""{"r":{"file_name":"r.json","ranking":true,"columns":{"prompt":"instruction","query":"input","chosen":"good","rejected":"bad"}}}""")[0];
        DatasetEntry turns = Read("""{"r":{"file_name":"r.json","formatting":"sharegpt","ranking":true}}""")[0];

        ConversationRow first = Rows(flat, """{"instruction":"q","good":"yes","bad":"no"}""")[0];
        ConversationRow second = Rows(
            turns, """{"conversations":[{"from":"human","value":"q"}],"chosen":{"from":"gpt","value":"yes"},"rejected":{"from":"gpt","value":"no"}}""")[0];

        Assert.All([first, second], row => Assert.Equal(("yes", "no"), (row.Preferred!.Content, row.NonPreferred!.Content)));
    }

    [Theory]
    [InlineData("""[]""", "an object of data sets is needed")]
    [InlineData("""{"a":3}""", "'a' is a number; an object with 'file_name' is needed")]
    [InlineData("""{"a":{}}""", "'a' names no source")]
    [InlineData("""{"a":{"file_name":7}}""", "'a.file_name' is a number; a text is needed")]
    [InlineData("""{"a":{"file_name":"x.json","formatting":"parquet"}}""", "alpaca, sharegpt or openai is needed")]
    [InlineData("""{"a":{"file_name":"x.json","columns":[]}}""", "'a.columns' is a list")]
    [InlineData("""{"a":{"file_name":"x.json","columns":{"prompt":""}}}""", "'a.columns.prompt' is an empty text")]
    [InlineData("""{"a":{"file_name":"x.json","columns":{"images":"pics"}}}""", "the column 'images', which is not read here")]
    [InlineData("""{"a":{"file_name":"x.json","num_samples":0}}""", "'a.num_samples' is 0")]
    [InlineData("""{"a":{"file_name":"\ud800"}}""", "not JSON in UTF-8")]
    [InlineData("""{"a":""", "not JSON in UTF-8")]
    public void What_cannot_be_followed_is_refused_by_entry_and_field(string json, string problem) =>
        Assert.Contains(problem, Assert.Throws<DatasetInfoException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("../../etc/passwd.json", "lies outside the folder")]
    [InlineData("/etc/hosts.json", "lies outside the folder")]
    [InlineData("data.parquet", "read are .json, .jsonl, .csv")]
    public void Files_are_read_from_the_folder_alone(string file, string problem)
    {
        var entry = new DatasetEntry("a") { FileName = file };

        Assert.Contains(problem, Assert.Throws<DatasetInfoException>(() => entry.FileIn("/data/sets")).Message, StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath("/data/sets/sub/x.json"), new DatasetEntry("a") { FileName = "sub/x.json" }.FileIn("/data/sets"));
        Assert.Equal(Path.GetFullPath("/data/sets/x.json"), new DatasetEntry("a") { FileName = "x.json" }.FileIn("/data/sets/"));
        Assert.Contains(
            "hf_hub_url org/set",
            Assert.Throws<DatasetInfoException>(() => Read("""{"h":{"hf_hub_url":"org/set","file_name":"x.json"}}""")[0].FileIn("/data")).Message,
            StringComparison.Ordinal);
    }

    private static IReadOnlyList<DatasetEntry> Read(string json) => DatasetInfo.Read(Encoding.UTF8.GetBytes(json));

    private static IReadOnlyList<ConversationRow> Rows(DatasetEntry entry, string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return DatasetReader.Read(stream, entry.FileName!, new DatasetLimits { RowsMin = 0 }, entry).Rows;
    }
}
