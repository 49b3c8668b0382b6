using static Ratchet.Datasets.Tests.DatasetText;

namespace Ratchet.Datasets.Tests;

/// <summary>Alpaca, ShareGPT, pairs and tables.</summary>
public sealed class OtherRowsTests
{
    [Fact] // F18, F21, F22
    public void Alpaca_takes_missing_fields_as_empty_and_keeps_metadata()
    {
        DatasetReadResult result = Read(
            """
            [
              {"instruction": "Translate", "input": "cat", "output": "Katze", "metadata": {"topic": "words"}},
              {"instruction": "Say hello", "output": "Hello"},
              {"instruction": "Again", "output": "x", "system": "Be kind", "history": [["a", "b"], ["c", "d"]]},
              {"instruction": "Nothing"}
            ]
            """,
            "data.json");

        Assert.Equal((DatasetFormat.Alpaca, DatasetContainer.JsonArray), (result.Format, result.Report.Container));
        Assert.Equal(["Translate\ncat", "Say hello", "Again"], result.Rows.Select(row => row.Question));
        Assert.Equal("""{"topic": "words"}""", result.Rows[0].Metadata["metadata"]);
        Assert.Equal(["system", "user", "assistant", "user", "assistant", "user", "assistant"], result.Rows[2].Messages.Select(message => message.Role));
        Assert.Equal([2, 3, 4], result.Rows.Select(row => row.Line));
        Assert.Equal(["5:0 empty_row"], Places(result.Report.Warnings));
        Assert.Equal((1, 1), (result.Report.EmptyCount, result.Report.Skipped));
    }

    [Fact] // F19, F20
    public void Instruction_prompts_are_those_of_the_source()
    {
        Assert.Equal("指令: 翻译\n输入: cat\n输出: ", InstructionPrompt.Text("翻译", "cat"));
        Assert.Equal("指令: 翻译\n输出: ", InstructionPrompt.Text("翻译", ""));
        ConversationRow row = InstructionPrompt.WithSystem(new ConversationRow([new ConversationMessage("user", "hi")], 1));
        Assert.Equal("你是一个有用的AI助手。", row.Messages[0].Content);
    }

    [Fact] // F23
    public void ShareGpt_turns_tools_and_system_are_read()
    {
        DatasetReadResult result = Read(
            """
            [{"conversations": [{"from": "human", "value": "Weather?"}, {"from": "function_call", "value": "{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}"}, {"from": "observation", "value": "rain"}, {"from": "gpt", "value": "Rain."}], "tools": "[{\"name\": \"weather\"}]", "system": "Be short"},
             {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], "tools": "[]"},
             {"conversations": [{"from": "gpt", "value": "Hi"}, {"from": "human", "value": "Hello"}]},
             {"conversations": [{"from": "human", "value": "Hi"}]},
             {"conversations": [{"from": "cat", "value": "Meow"}]}]
            """,
            "data.json");

        Assert.Equal(2, result.Rows.Count);
        Assert.Equal(["system", "user", "assistant", "tool", "assistant"], result.Rows[0].Messages.Select(message => message.Role));
        Assert.Equal(
            """[{"type":"function","function":{"name":"weather","arguments":"{\u0022city\u0022: \u0022Oslo\u0022}"}}]""",
            result.Rows[0].Messages[2].ToolCalls);
        Assert.NotNull(result.Rows[0].Tools);
        Assert.Null(result.Rows[1].Tools);
        Assert.Equal(["3:46 turn_order", "4:2 turn_order"], Places(result.Report.Warnings));
        Assert.Equal(["5:21 unrecognized_role"], Places(result.Report.Errors));
    }

    [Fact]
    public void Preferences_of_other_tools_are_recognised()
    {
        DatasetReadResult result = Read(
            """
            {"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello"}, "rejected": {"from": "gpt", "value": "Go"}}
            {"instruction": "Greet", "chosen": "Hello there", "rejected": "Go away"}
            {"prompt": "Greet me", "chosen": "Hello you", "rejected": "Go off"}
            """);

        Assert.Equal(["Hi", "Greet", "Greet me"], result.Rows.Select(row => row.Question));
        Assert.All(result.Rows, row => Assert.NotNull(row.NonPreferred));
    }

    [Fact]
    public void Pairs_keep_their_other_fields()
    {
        DatasetReadResult result = Read("""{"question": "When?", "answer": "At 8. [Rule A-1]", "document_key": "hours.md", "counted": false}""");

        ConversationRow row = Assert.Single(result.Rows);
        Assert.Equal(DatasetFormat.QuestionAnswer, result.Format);
        Assert.Equal(("hours.md", "false"), (row.Metadata["document_key"], row.Metadata["counted"]));
    }

    [Theory]
    [InlineData("question,answer,topic\nWhen?,\"At 8, \"\"sharp\"\"\",hours\n", "When?", "At 8, \"sharp\"", DatasetFormat.QuestionAnswer)]
    [InlineData("\uFEFFPrompt;Completion\r\nWhen?;At 8\r\n", "When?", "At 8", DatasetFormat.PromptCompletion)]
    [InlineData("instruction\tinput\toutput\nSay\tcat\tKatze", "Say\ncat", "Katze", DatasetFormat.Alpaca)]
    public void Tables_are_read_by_their_header(string text, string question, string answer, DatasetFormat format)
    {
        DatasetReadResult result = Read(text, "data.csv");

        ConversationRow row = Assert.Single(result.Rows);
        Assert.Equal((question, answer, format), (row.Question, row.Answer, result.Format));
        Assert.Equal(DatasetContainer.Csv, result.Report.Container);
    }

    [Fact] // F26
    public void A_dialogue_with_its_summary_becomes_a_task()
    {
        DatasetReadResult result = Read("id,dialogue,summary,topic\n1,\"#Person1#: Hi\n#Person2#: Hello\",They greet.,greeting\n", "train.csv");

        ConversationRow row = Assert.Single(result.Rows);
        Assert.Equal("Summarize the following dialogue.\n\n#Person1#: Hi\n#Person2#: Hello", row.Question);
        Assert.Equal(("They greet.", "greeting"), (row.Answer, row.Metadata["topic"]));
    }

    [Fact]
    public void Faults_of_a_table_have_their_place()
    {
        string text =
            """
            question,answer
            a,b
            a,b,c
            "a"x,b
            "over
            two lines",fine
            a,"never closed
            """;

        DatasetReadResult result = Read(text, "data.csv");

        Assert.Equal(["3:1 invalid_csv", "4:4 invalid_csv", "7:3 invalid_csv"], Places(result.Report.Errors));
        Assert.Equal([2, 5], result.Rows.Select(row => row.Line));
    }

    [Fact]
    public void A_table_with_another_header_says_what_is_needed()
    {
        DatasetReadResult result = Read("text,category\na,b\n", "data.csv");

        Assert.Equal(["1:1 missing_column"], Places(result.Report.Errors));
        Assert.Contains("question, answer", result.Report.Errors[0].Message);
    }

    [Fact]
    public void Two_shapes_in_one_file_are_an_error()
    {
        DatasetReadResult result = Read("""{"prompt":"a","completion":"b"}""" + "\n" + Chat("a", "b"));

        Assert.Equal(["2:1 mixed_formats"], Places(result.Report.Errors));
    }
}
