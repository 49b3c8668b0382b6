using static Ratchet.Datasets.Tests.DatasetText;

namespace Ratchet.Datasets.Tests;

/// <summary>OpenAI's chat format (F24), with every error at its place (F160).</summary>
public sealed class ChatRowsTests
{
    [Fact]
    public void Messages_weights_names_tools_and_other_fields_are_kept()
    {
        string row =
            """
            {"messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Hi","name":"Ann"},{"role":"assistant","content":"No.","weight":0},{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"sun"},{"role":"assistant","content":"Sunny.","weight":1}],"tools":[{"type":"function","function":{"name":"weather"}}],"source":"desk"}
            """;

        DatasetReadResult result = Read(row);

        ConversationRow read = Assert.Single(result.Rows);
        Assert.Equal(DatasetFormat.Chat, result.Format);
        Assert.Equal(["system", "user", "assistant", "user", "assistant", "tool", "assistant"], read.Messages.Select(message => message.Role));
        Assert.Equal([false, false, false, false, true, false, true], read.Messages.Select(message => message.IsTarget));
        Assert.Equal("Ann", read.Messages[1].Name);
        Assert.StartsWith("[{\"id\":\"c1\"", read.Messages[4].ToolCalls);
        Assert.Equal("c1", read.Messages[5].ToolCallId);
        Assert.Equal("""[{"type":"function","function":{"name":"weather"}}]""", read.Tools);
        Assert.Equal("desk", read.Metadata["source"]);
        Assert.Equal(("Weather?", "Sunny."), (read.Question, read.Answer));
        Assert.True(result.Report.Usable);
    }

    [Fact]
    public void Objects_glued_together_are_read_and_warned_about()
    {
        DatasetReadResult result = Read(Chat("a", "b") + Chat("c", "d") + "\n" + Chat("e", "f"));

        Assert.Equal(["b", "d", "f"], result.Rows.Select(row => row.Answer));
        Assert.Equal(["1:80 glued_objects"], Places(result.Report.Warnings));
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_are_taken_as_they_come()
    {
        DatasetReadResult result = Read("\uFEFF" + Chat("a", "b") + "\r\n" + Chat("c", "d") + "\r\n\r\n");

        Assert.Equal(2, result.Rows.Count);
        Assert.Empty(result.Report.Warnings);
        Assert.Equal([1, 2], result.Rows.Select(row => row.Line));
    }

    [Fact]
    public void Utf16_is_read_with_a_warning()
    {
        System.Text.Encoding encoding = System.Text.Encoding.Unicode;

        DatasetReadResult result = Read([.. encoding.Preamble, .. encoding.GetBytes(Chat("käse", "b"))]);

        Assert.Equal("käse", Assert.Single(result.Rows).Question);
        Assert.Equal(["1:1 invalid_encoding"], Places(result.Report.Warnings));
    }

    [Fact]
    public void A_broken_line_does_not_take_the_next_one_with_it()
    {
        string text = string.Join('\n', Chat("a", "b"), """{"messages":[{"role":"user","content":"open""", Chat("c", "d"), "{\"messages\": nope}", Chat("e", "f"));

        DatasetReadResult result = Read(text);

        Assert.Equal(["b", "d", "f"], result.Rows.Select(row => row.Answer));
        Assert.Equal(["2:44 invalid_json", "4:15 invalid_json"], Places(result.Report.Errors));
        Assert.Equal((5, 3, 2), (result.Report.Total, result.Report.Accepted, result.Report.Rejected));
    }

    [Fact]
    public void An_object_over_several_lines_is_read()
    {
        DatasetReadResult result = Read("{\n  \"messages\": [\n    {\"role\": \"user\", \"content\": \"a\"},\n    {\"role\": \"assistant\", \"content\": \"b\"}\n  ]\n}\n" + Chat("c", "d"));

        Assert.Equal([1, 7], result.Rows.Select(row => row.Line));
        Assert.Equal(["1:1 multiline_object"], Places(result.Report.Warnings));
    }

    [Theory]
    [InlineData("""["a"]""", "1:2 data_type")]
    [InlineData("""{"messages":[]}""", "1:13 missing_messages_list")]
    [InlineData("""{"messages":"hi"}""", "1:13 missing_messages_list")]
    [InlineData("""{"message":[]}""", "1:1 missing_messages_list")]
    [InlineData("""{"messages":["hi"]}""", "1:14 data_type")]
    [InlineData("""{"messages":[{"content":"hi"}]}""", "1:14 message_missing_key")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "1:14 message_missing_key")]
    [InlineData("""{"messages":[{"role":"bot","content":"hi"}]}""", "1:22 unrecognized_role")]
    [InlineData("""{"messages":[{"role":"user","content":7}]}""", "1:39 missing_content")]
    [InlineData("""{"messages":[{"role":"user","content":""}]}""", "1:39 missing_content")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "1:13 example_missing_assistant_message")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"x","weight":0}]}""", "1:13 example_missing_assistant_message")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"x","weight":0.5}]}""", "1:88 invalid_weight")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"x"}]}]}""", "1:40 unsupported_content")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud83d"}]}""", "1:39 invalid_encoding")]
    [InlineData("7", "1:1 data_type")]
    [InlineData("garbage", "1:1 invalid_json")]
    public void Each_fault_has_its_code_and_place(string row, string expected)
    {
        DatasetReadResult result = Read(row);

        Assert.Equal([expected], Places(result.Report.Errors));
        Assert.Empty(result.Rows);
        Assert.False(result.Report.Usable);
    }

    [Fact]
    public void Columns_count_characters_not_bytes()
    {
        DatasetReadResult result = Read("""{"messages":[{"role":"user","content":"猫猫🐈"},{"role":"cat","content":"x"}]}""");

        Assert.Equal(["1:54 unrecognized_role"], Places(result.Report.Errors));
    }

    [Theory] // Rows longer than what is read at a time, which is 65,536 bytes, and ends of it within characters, escapes and quotes.
    [InlineData(21_800, "")]
    [InlineData(21_801, "a")]
    [InlineData(21_830, "\\\"")]
    [InlineData(43_700, "\\\\")]
    public void Places_and_texts_hold_across_what_is_read_at_a_time(int characters, string end)
    {
        string content = new string('猫', characters) + end;
        for (int shift = 0; shift < 8; shift++)
        {
            string row = $$"""{"messages":[{"role":"user","content":"{{new string('a', shift)}}{{content}}"},{"role":"assistant","content":"b"},{"role":"cat","content":"x"}]}""";
            int column = row.IndexOf("\"cat\"", StringComparison.Ordinal) + 1;

            DatasetReadResult result = Read(row + "\n" + Chat(content, "b"));

            Assert.Equal([$"1:{column} unrecognized_role"], Places(result.Report.Errors));
            Assert.Equal(content.Replace("\\\"", "\"").Replace("\\\\", "\\"), Assert.Single(result.Rows).Question);
        }
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        string text = string.Join('\n', Enumerable.Repeat("{}", 5));

        DatasetReadResult result = Read(text, limits: NoMinimum with { IssuesMax = 3 });

        Assert.Equal((5, 3), (result.Report.ErrorCount, result.Report.Errors.Count));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_found()
    {
        byte[] bytes = [.. "{\"messages\":[{\"role\":\"user\",\"content\":\"caf"u8, 0xE9, .. "\"}]}\n"u8, .. "{}"u8];

        DatasetReadResult result = Read(bytes);

        Assert.Equal(["1:43 invalid_encoding", "2:1 missing_messages_list"], Places(result.Report.Errors));
    }

    [Fact]
    public void Unknown_keys_of_a_message_and_what_follows_the_last_answer_are_warned_about()
    {
        DatasetReadResult result = Read(
            """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","mood":"good"},{"role":"user","content":"c"}]}""");

        Assert.Single(result.Rows);
        Assert.Equal(["1:85 message_unrecognized_key", "1:118 trailing_messages"], Places(result.Report.Warnings));
    }

    [Fact]
    public void Preferences_are_recognised()
    {
        DatasetReadResult result = Read(
            """{"input":{"messages":[{"role":"user","content":"Hi"}]},"preferred_completion":[{"role":"assistant","content":"Hello"}],"non_preferred_completion":[{"role":"assistant","content":"What"}]}""");

        ConversationRow row = Assert.Single(result.Rows);
        Assert.Equal(DatasetFormat.Preference, result.Format);
        Assert.Equal(("Hi", "Hello", "What"), (row.Question, row.Answer, row.NonPreferred!.Content));
    }
}
