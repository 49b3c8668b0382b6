using System.Text;
using System.Text.Json;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Search;

public sealed class SearchRouteTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task Hits_say_where_they_stand_and_how_they_were_found()
    {
        await _rag.PushAsync("saw", "# Saw\n\nA saw costs three coins a day.");
        await _rag.PushAsync("drill", "# Drill\n\nA drill costs four coins a day.");

        SearchResponse found = await _rag.Rag.SearchAsync(new SearchRequest("What does a drill cost?", TopK: 1));

        SearchHit hit = Assert.Single(found.Data);
        Assert.Equal(("drill", "Drill", "default"), (hit.Document.Key, hit.Document.Title, hit.Document.Collection));
        Assert.Equal((1, 1), (hit.DenseRank, hit.KeywordRank));
        Assert.InRange(hit.DenseScore!.Value, 0.1, 1);
        Assert.Equal("A drill costs four coins a day.", hit.Chunk.Text);
        Assert.True(found.Answerable);
    }

    [Fact]
    public async Task Chinese_questions_find_chinese_passages()
    {
        await _rag.PushAsync("hours", "# 营业时间\n\n我们周一至周五上午九点开门，下午五点关门。");
        await _rag.PushAsync("fees", "# 费用\n\n电钻每天四元，锯子每天三元。");
        await _rag.PushAsync("english", "We open at nine.");

        Assert.Equal("fees", (await _rag.FoundAsync("电钻一天多少钱？"))[0]);
        Assert.Equal("hours", (await _rag.FoundAsync("上午几点开门"))[0]);
    }

    [Fact]
    public async Task A_question_that_no_document_speaks_of_is_not_answerable()
    {
        // F112: no answer is better than one from the wrong passage.
        await _rag.PushAsync("drill", "A drill costs four coins a day.");
        await _rag.PushAsync("hours", "我们上午九点开门。");

        Assert.False((await _rag.Rag.SearchAsync(new SearchRequest("quantum chromodynamics lattice gauge"))).Answerable);
        Assert.False((await _rag.Rag.SearchAsync(new SearchRequest("法国的首都是哪里"))).Answerable);
        Assert.True((await _rag.Rag.SearchAsync(new SearchRequest("几点开门"))).Answerable);
    }

    [Fact]
    public async Task An_empty_knowledge_finds_nothing_and_says_so()
    {
        SearchResponse found = await _rag.Rag.SearchAsync(new SearchRequest("anything"));

        Assert.Empty(found.Data);
        Assert.False(found.Answerable);
    }

    [Fact]
    public async Task Collection_and_metadata_filter()
    {
        await PushAsync("a", "one", "sales", 2024);
        await PushAsync("b", "one", "support", 2025);
        await PushAsync("c", "two", "sales", 2025);

        Assert.Equal(["c"], await _rag.FoundAsync("drill", "two"));
        Assert.Equal(["a", "c"], await FilteredAsync("""{"team":"sales"}"""));
        Assert.Equal(["b", "c"], await FilteredAsync("""{"year":2025}"""));
        Assert.Equal(["c"], await FilteredAsync("""{"year":2025,"team":["sales","legal"]}"""));
        Assert.Empty(await FilteredAsync("""{"nothing":"here"}"""));
    }

    [Fact]
    public async Task Hits_can_be_bounded_for_each_document_and_chosen_for_difference()
    {
        await _rag.PushAsync("long", string.Join("\n\n", Enumerable.Range(0, 6).Select(
            i => $"## Part {i}\n\nThe drill of part {i} costs coins {i}.")));
        await _rag.PushAsync("other", "A drill is stored in the shed behind the house.");

        SearchResponse one = await _rag.Rag.SearchAsync(new SearchRequest("drill coins", PerDocument: 1));
        SearchResponse varied = await _rag.Rag.SearchAsync(new SearchRequest("drill", TopK: 2, MmrLambda: 0.2));

        Assert.Equal(["long", "other"], one.Data.Select(hit => hit.Document.Key));
        Assert.Equal(2, varied.Data.Select(hit => hit.Document.Key).Distinct().Count());
    }

    [Fact]
    public async Task Each_way_of_searching_can_be_asked_for_alone()
    {
        await _rag.PushAsync("drill", "A drill costs four coins a day.");

        SearchHit dense = (await _rag.Rag.SearchAsync(new SearchRequest("drill", Mode: "dense"))).Data[0];
        SearchHit keyword = (await _rag.Rag.SearchAsync(new SearchRequest("drill", Mode: "keyword"))).Data[0];

        Assert.Null(dense.KeywordRank);
        Assert.Null(keyword.DenseRank);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"query\":\"  \"}")]
    [InlineData("{\"query\":\"a\",\"top_k\":0}")]
    [InlineData("{\"query\":\"a\",\"top_k\":1000}")]
    [InlineData("{\"query\":\"a\",\"mode\":\"magic\"}")]
    [InlineData("{\"query\":\"a\",\"mmr_lambda\":2}")]
    [InlineData("{\"query\":\"a\",\"filter\":{\"x\":{\"$gt\":1}}}")]
    [InlineData("{\"query\":\"a\",\"collection\":\"a/b\"}")]
    public async Task Bad_requests_are_refused_with_the_field(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _rag.Http.PostAsync("/v1/search", content);

        await Errors.AssertAsync(answer, 400, "invalid_value");
    }

    [Fact]
    public async Task The_generation_grows_with_every_change()
    {
        long before = (await _rag.Rag.SearchAsync(new SearchRequest("a"))).Generation;
        await _rag.PushAsync("drill", "A drill costs four coins a day.");

        Assert.True((await _rag.Rag.SearchAsync(new SearchRequest("a"))).Generation > before);
    }

    private async Task PushAsync(string key, string collection, string team, int year)
    {
        DocumentRecord pushed = await _rag.Rag.PushDocumentAsync(new DocumentPush(
            $"A drill costs coins in {key}.", key, collection, Metadata: Json($$"""{"team":"{{team}}","year":{{year}}}""")));
        await _rag.IndexedAsync(pushed.Id);
    }

    private async Task<List<string>> FilteredAsync(string filter) =>
        [.. (await _rag.Rag.SearchAsync(new SearchRequest("drill", Filter: Json(filter)))).Data
            .Select(hit => hit.Document.Key).Order()];

    private static Dictionary<string, JsonElement> Json(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
}
