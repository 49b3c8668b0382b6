using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Documents;

public sealed class DocumentRoutesTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task A_pushed_document_is_indexed_with_chunks_that_point_into_its_text()
    {
        DocumentRecord document = await _rag.PushAsync(
            "hours.md", "\uFEFF# Opening hours\r\n\r\nWe open at nine. We close at five.\r\n\r\n## Sunday\r\n\r\nClosed.");
        DocumentRecord full = await _rag.Rag.GetDocumentAsync(document.Id, withText: true);
        ListResponse<ChunkRecord> chunks = await _rag.Rag.GetChunksAsync(document.Id);

        Assert.Equal(DocumentStates.Indexed, document.State);
        Assert.Equal(("hours.md", "Opening hours", 1, 2), (document.Key, document.Title, document.Version, document.ChunkCount));
        Assert.All(chunks.Data, chunk => Assert.Equal(full.Text![chunk.Start..chunk.End], chunk.Text));
        Assert.Equal("Opening hours > Sunday", chunks.Data[1].Heading);
    }

    [Theory]
    [InlineData("a.txt", "The drill costs four coins.", "drill")]
    [InlineData("a.html", "<title>Fees</title><h2>Loan</h2><p>The <b>drill</b> costs four.</p><script>evil()</script>", "drill")]
    [InlineData("a.csv", "tool,fee\ndrill,\"four, \"\"net\"\"\"\nsaw,three\n", "drill")]
    [InlineData("a.json", "{\"title\":\"Fees\",\"tools\":[{\"name\":\"drill\",\"feePerDay\":4}]}", "drill")]
    [InlineData("a.jsonl", "{\"name\":\"drill\",\"fee\":4}\n{\"name\":\"saw\",\"fee\":3}\n", "drill")]
    public async Task Every_kind_of_file_is_taken_and_found(string name, string content, string word)
    {
        // F109: ingestion of the kinds of files that a business has.
        await _rag.UploadAsync(name, content);

        SearchResponse found = await _rag.Rag.SearchAsync(new SearchRequest(word));

        SearchHit hit = found.Data[0];
        Assert.Equal(name, hit.Document.Key);
        Assert.Contains("drill", hit.Chunk.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", hit.Chunk.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_read_as_lines_that_name_their_columns()
    {
        DocumentRecord table = await _rag.UploadAsync("fees.csv", "tool;feePerDay\ndrill;4\nsaw;3\n");
        DocumentRecord json = await _rag.UploadAsync("fees.json", "{\"shop\":\"Mill\",\"openingHours\":{\"monday\":\"9-5\"}}");

        Assert.Equal(
            "- tool: drill; feePerDay: 4\n- tool: saw; feePerDay: 3",
            (await _rag.Rag.GetDocumentAsync(table.Id, withText: true)).Text);
        Assert.Equal(
            "- shop: Mill; opening hours monday: 9-5", (await _rag.Rag.GetDocumentAsync(json.Id, withText: true)).Text);
    }

    [Fact]
    public async Task The_same_content_is_no_change_and_other_content_a_new_version()
    {
        DocumentRecord first = await _rag.Rag.PushDocumentAsync(new DocumentPush("The fee is four coins.", "fee"));
        await _rag.IndexedAsync(first.Id);
        DocumentRecord again = await _rag.Rag.PushDocumentAsync(new DocumentPush("The fee is four coins.", "fee"));
        DocumentRecord changed = await _rag.Rag.PushDocumentAsync(new DocumentPush("The fee is now ten dollars.", "fee"));
        await _rag.IndexedAsync(changed.Id);

        Assert.Equal((true, false, true), (first.Changed, again.Changed, changed.Changed));
        Assert.Equal((first.Id, 1), (again.Id, again.Version));
        Assert.Equal((first.Id, 2), (changed.Id, changed.Version));

        // F157: what was replaced is never found again.
        SearchResponse found = await _rag.Rag.SearchAsync(new SearchRequest("four coins fee"));
        Assert.All(found.Data, hit => Assert.DoesNotContain("four coins", hit.Chunk.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_old_version_is_gone_before_the_new_one_is_acknowledged()
    {
        await _rag.PushAsync("fee", "The fee is four coins.");
        await _rag.Rag.PushDocumentAsync(new DocumentPush("Entirely different words.", "fee"));

        SearchResponse found = await _rag.Rag.SearchAsync(new SearchRequest("coins"));

        Assert.DoesNotContain(found.Data, hit => hit.Chunk.Text.Contains("coins", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_document_without_a_key_gets_one_from_its_content()
    {
        DocumentRecord first = await _rag.Rag.PushDocumentAsync(new DocumentPush("No key here."));
        DocumentRecord again = await _rag.Rag.PushDocumentAsync(new DocumentPush("No key here."));

        Assert.Equal(first.Id, again.Id);
        Assert.StartsWith("text-", first.Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_come_in_one_form()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("one"), "file", "one.txt" },
            { new StringContent("two"), "file", "two.txt" },
            { new StringContent("{\"team\":\"sales\"}"), "metadata" },
        };
        using HttpResponseMessage answer = await _rag.Http.PostAsync("/v1/documents", form);
        JsonElement list = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(2, list.GetProperty("data").GetArrayLength());
        Assert.Equal("sales", list.GetProperty("data")[0].GetProperty("metadata").GetProperty("team").GetString());
    }

    [Fact]
    public async Task Lists_come_newest_first_in_pages_and_can_be_filtered()
    {
        for (int i = 0; i < 5; i++)
        {
            await _rag.PushAsync($"d{i}", $"Text number {i}.", i == 4 ? "other" : null);
        }

        ListResponse<DocumentRecord> page = await _rag.Rag.GetDocumentsAsync(new DocumentQuery(Limit: 2));
        ListResponse<DocumentRecord> next = await _rag.Rag.GetDocumentsAsync(new DocumentQuery(Limit: 3, After: page.LastId));

        Assert.Equal(["d4", "d3"], page.Data.Select(d => d.Key));
        Assert.True(page.HasMore);
        Assert.Equal(["d2", "d1", "d0"], next.Data.Select(d => d.Key));
        Assert.False(next.HasMore);
        Assert.Equal(["d4"], (await _rag.Rag.GetDocumentsAsync(new DocumentQuery("other"))).Data.Select(d => d.Key));
        Assert.Equal(["d1"], (await _rag.Rag.GetDocumentsAsync(new DocumentQuery(Key: "d1"))).Data.Select(d => d.Key));
    }

    [Fact]
    public async Task A_repeated_idempotency_key_makes_one_document_and_refuses_another_body()
    {
        DocumentRecord first = await _rag.Rag.PushDocumentAsync(new DocumentPush("Once.", "once"), "key-1");
        DocumentRecord again = await _rag.Rag.PushDocumentAsync(new DocumentPush("Once.", "once"), "key-1");
        RagRequestException refused = await Assert.ThrowsAsync<RagRequestException>(
            () => _rag.Rag.PushDocumentAsync(new DocumentPush("Twice.", "once"), "key-1"));

        Assert.Equal((first.Id, true), (again.Id, again.Changed));
        Assert.Equal((409, "idempotency_key_reused"), (refused.Status, refused.Code));
    }

    [Theory]
    [InlineData("{\"text\":", 400, "invalid_json")]
    [InlineData("{\"text\":7}", 400, "invalid_json")]
    [InlineData("{}", 400, "empty_document")]
    [InlineData("{\"text\":\"  \\n \"}", 400, "empty_document")]
    [InlineData("{\"text\":\"a\",\"collection\":\"../x\"}", 400, "invalid_value")]
    [InlineData("{\"text\":\"a\",\"split\":\"test\"}", 400, "invalid_value")]
    [InlineData("{\"text\":\"a\",\"media_type\":\"image/png\"}", 400, "invalid_value")]
    [InlineData("{\"text\":\"a\",\"metadata\":{\"x\":{}}}", 400, "invalid_value")]
    [InlineData("{\"text\":\"{\\\"a\\\":\",\"media_type\":\"application/json\"}", 400, "unreadable_json")]
    [InlineData("{\"text\":\"a,b\\n1,2,3\",\"media_type\":\"text/csv\"}", 400, "unreadable_csv")]
    [InlineData("{\"text\":\"a\\u0000b\"}", 400, "unreadable_text")]
    public async Task What_cannot_be_used_is_refused_with_a_reason(string body, int status, string code)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _rag.Http.PostAsync("/v1/documents", content);

        await Errors.AssertAsync(answer, status, code);
        Assert.Empty((await _rag.Rag.GetDocumentsAsync()).Data);
    }

    [Fact]
    public async Task Files_that_are_no_text_of_a_known_kind_are_refused()
    {
        RagRequestException kind = await Assert.ThrowsAsync<RagRequestException>(() => _rag.UploadAsync("a.exe", "MZ"));
        using var latin = new MemoryStream([0x41, 0xE9, 0x42]);
        RagRequestException encoding = await Assert.ThrowsAsync<RagRequestException>(
            () => _rag.Rag.UploadDocumentAsync(latin, "a.txt"));
        using var other = new StringContent("text", Encoding.UTF8, "text/plain");
        using HttpResponseMessage media = await _rag.Http.PostAsync("/v1/documents", other);

        Assert.Equal((415, "unsupported_document"), (kind.Status, kind.Code));
        Assert.Equal((400, "unreadable_text"), (encoding.Status, encoding.Code));
        Assert.Contains("byte 1", encoding.Message, StringComparison.Ordinal);
        await Errors.AssertAsync(media, 415, "unsupported_media_type");
    }

    [Fact]
    public async Task Text_in_utf16_is_read()
    {
        using var content = new MemoryStream([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("The mill opens at nine.")]);
        DocumentRecord document = await _rag.Rag.UploadDocumentAsync(content, "mill.txt");

        Assert.Equal("The mill opens at nine.", (await _rag.Rag.GetDocumentAsync(document.Id, withText: true)).Text);
    }

    [Fact]
    public async Task An_unknown_document_or_route_is_answered_as_openai_does()
    {
        using HttpResponseMessage unknown = await _rag.Http.GetAsync("/v1/documents/doc-none");
        using HttpResponseMessage route = await _rag.Http.GetAsync("/v1/nothing");
        using HttpResponseMessage limit = await _rag.Http.GetAsync("/v1/documents?limit=0");
        using HttpResponseMessage word = await _rag.Http.GetAsync("/v1/documents?limit=many");

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await Errors.AssertAsync(unknown, 404, "not_found");
        await Errors.AssertAsync(route, 404, "unknown_route");
        await Errors.AssertAsync(limit, 400, "invalid_value");
        Assert.Equal(HttpStatusCode.BadRequest, word.StatusCode);
    }
}
