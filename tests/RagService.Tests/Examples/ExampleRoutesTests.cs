using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Examples;

public sealed class ExampleRoutesTests : IAsyncDisposable
{
    private readonly RagUnderTest _rag = new();

    public ValueTask DisposeAsync() => _rag.DisposeAsync();

    [Fact]
    public async Task An_example_finds_its_document_and_its_passage()
    {
        // F117: document -> chunk -> example.
        DocumentRecord document = await _rag.PushAsync(
            "fees", "## Saw\n\nA saw costs three coins a day.\n\n## Drill\n\nA drill costs four coins a day.");
        ExampleRecord example = await _rag.AddAsync("What does a drill cost a day?", "Four coins.", "fees", split: null);
        ExampleRecord full = await _rag.Rag.GetExampleAsync(example.Id);

        Assert.Equal((document.Id, "fees"), (full.DocumentId, full.DocumentKey));
        Assert.Equal("A drill costs four coins a day.", full.Passage);
        Assert.Equal(document.Split, full.Split);
        Assert.Equal((ExampleStates.Approved, "api"), (full.State, full.Source));
        Assert.NotNull(full.ReviewedAt);
    }

    [Fact]
    public async Task An_example_may_come_before_its_document()
    {
        ExampleRecord early = await _rag.AddAsync("What does a drill cost?", "Four coins.", "fees");
        DocumentRecord document = await _rag.PushAsync("fees", "A drill costs four coins a day.");
        ExampleRecord late = await _rag.Rag.GetExampleAsync(early.Id);

        Assert.Contains("unknown_document", early.Warnings!);
        Assert.Equal(document.Id, late.DocumentId);
        Assert.NotNull(late.ChunkId);
        Assert.False(late.Stale);
    }

    [Fact]
    public async Task The_same_example_twice_is_one_and_the_same_question_is_marked()
    {
        // F29: duplicates are counted, not kept.
        ExampleRecord first = await _rag.AddAsync("What does a drill cost?", "Four coins.");
        ExampleRecord again = await _rag.AddAsync("What does a DRILL cost", "Four coins.");
        ExampleRecord other = await _rag.AddAsync("What does a drill cost?", "It is free.");

        Assert.Equal(first.Id, again.Id);
        Assert.Equal(first.Id, other.DuplicateOf);
    }

    [Fact]
    public async Task An_example_that_says_nearly_the_same_is_marked()
    {
        const string Answer = "You may keep a borrowed tool for seven days and bring it back clean and dry on the eighth.";
        ExampleRecord first = await _rag.AddAsync("How long may I keep a borrowed tool from the library?", Answer);
        ExampleRecord near = await _rag.AddAsync("So how long may I keep a borrowed tool from the library?", Answer);
        ExampleRecord far = await _rag.AddAsync("Where is the tool library?", "Behind the mill, in the second yard on the left.");

        Assert.Equal((first.Id, "near_duplicate"), (near.DuplicateOf, near.Warnings![0]));
        Assert.Null(far.DuplicateOf);
    }

    [Fact]
    public async Task Split_is_by_document_for_ever_unless_pinned()
    {
        for (int i = 0; i < 60; i++)
        {
            await _rag.AddAsync($"What is fact {i} a?", $"It is {i} a.", $"d{i}", split: null);
            await _rag.AddAsync($"What is fact {i} b?", $"It is {i} b.", $"d{i}", split: null);
        }

        ListResponse<ExampleRecord> all = await _rag.Rag.GetExamplesAsync(new ExampleQuery(Limit: 200));
        var splits = all.Data.GroupBy(example => example.DocumentKey).ToDictionary(g => g.Key!, g => g.Select(e => e.Split).Distinct());

        Assert.All(splits.Values, both => Assert.Single(both));
        Assert.InRange(splits.Values.Count(s => s.First() == Splits.HeldOut), 3, 18);
        DocumentRecord pinned = await _rag.PushAsync("d0", "Fact 0 a and b.", split: Splits.HeldOut);
        Assert.Equal((Splits.HeldOut, true), (pinned.Split, pinned.Pinned));
        Assert.All(
            (await _rag.Rag.GetExamplesAsync(new ExampleQuery(DocumentId: "d0"))).Data,
            example => Assert.Equal(Splits.HeldOut, example.Split));
    }

    [Fact]
    public async Task Paraphrases_stay_on_one_side_the_careful_one()
    {
        ExampleRecord first = await _rag.AddAsync("What does a drill cost?", "Four coins.", "fees");
        ExamplesAdded added = await _rag.Rag.AddExamplesAsync(new ExamplesRequest(
            [new ExampleInput("How much is a drill?", "Four coins.", Split: Splits.HeldOut, ParaphraseOf: first.Id)]));
        ExampleRecord after = await _rag.Rag.GetExampleAsync(first.Id);

        Assert.Equal(first.Id, added.Data[0].Group);
        Assert.Equal((Splits.HeldOut, Splits.HeldOut), (added.Data[0].Split, after.Split));
    }

    [Fact]
    public async Task A_collection_that_is_not_trainable_is_held_out_whole()
    {
        ExampleRecord example = await _rag.AddAsync("Who is ill?", "Nobody.", collection: "private");
        await _rag.Rag.PutCollectionAsync("private", new CollectionUpdate(Trainable: false));
        ExampleRecord later = await _rag.AddAsync("Who was ill?", "Nobody.", collection: "private");

        Assert.Equal(Splits.HeldOut, (await _rag.Rag.GetExampleAsync(example.Id)).Split);
        Assert.Equal(Splits.HeldOut, later.Split);
        RagRequestException empty = await Assert.ThrowsAsync<RagRequestException>(() => _rag.Rag.SealBatchAsync());
        Assert.Equal("empty_batch", empty.Code);
    }

    [Fact]
    public async Task Faq_structure_becomes_proposals_with_lineage()
    {
        // F115: new chunks become candidate examples.
        DocumentRecord document = await _rag.PushAsync(
            "faq", "# Questions\n\n## May I bring a dog?\n\nYes, on a lead.\n\n## Other\n\nQ: Is there parking?\nA: Yes, behind the mill.\n");
        await _rag.UploadAsync("more.csv", "question,answer\nIs there tea?,\"Yes, free.\"\n");
        await _rag.PushAsync("zh", "# 常见问题\n\n问：可以带狗吗？\n答：可以，请牵绳。\n");
        ListResponse<ExampleRecord> proposed = await _rag.Rag.GetExamplesAsync(
            new ExampleQuery(State: ExampleStates.Proposed, Passage: true));

        Assert.Equal(
            [("May I bring a dog?", "Yes, on a lead."), ("Is there parking?", "Yes, behind the mill."),
                ("Is there tea?", "Yes, free."), ("可以带狗吗？", "可以，请牵绳。")],
            proposed.Data.Select(example => (example.Question, example.Answer)));
        Assert.All(proposed.Data, example => Assert.Contains(example.Answer, example.Passage!, StringComparison.Ordinal));
        Assert.Equal((document.Id, "document"), (proposed.Data[0].DocumentId, proposed.Data[0].Source));
    }

    [Fact]
    public async Task A_new_version_takes_back_unreviewed_proposals_and_marks_reviewed_ones_stale()
    {
        await _rag.PushAsync("faq", "## Is there tea?\n\nYes, free.\n\n## Is there cake?\n\nNo cake.");
        ListResponse<ExampleRecord> proposed = await _rag.Rag.GetExamplesAsync();
        await _rag.Rag.ReviewExampleAsync(proposed.Data[0].Id, new ExampleUpdate(ExampleStates.Approved));
        await _rag.PushAsync("faq", "## Is there tea?\n\nYes, one coin.\n\n## Is there soup?\n\nIn winter.");
        ListResponse<ExampleRecord> after = await _rag.Rag.GetExamplesAsync();

        // F132: a fact that changed waits for a person before it is trained on.
        Assert.Equal(["Is there tea?", "Is there soup?"], after.Data.Select(example => example.Question));
        Assert.Equal([true, false], after.Data.Select(example => example.Stale));
    }

    [Fact]
    public async Task Lists_filter_and_page()
    {
        for (int i = 0; i < 5; i++)
        {
            await _rag.AddAsync($"Question {i}?", $"Answer {i}.", state: i < 3 ? ExampleStates.Approved : ExampleStates.Proposed);
        }

        var read = new List<string>();
        await foreach (ExampleRecord example in _rag.Rag.GetAllExamplesAsync(new ExampleQuery(State: "approved,edited")))
        {
            read.Add(example.Question);
        }

        ListResponse<ExampleRecord> page = await _rag.Rag.GetExamplesAsync(new ExampleQuery(Limit: 2, Order: "desc"));
        Assert.Equal(["Question 0?", "Question 1?", "Question 2?"], read);
        Assert.Equal(["Question 4?", "Question 3?"], page.Data.Select(example => example.Question));
        Assert.True(page.HasMore);
        Assert.Equal(["Question 1?"], (await _rag.Rag.GetExamplesAsync(new ExampleQuery(Text: "ANSWER 1"))).Data.Select(e => e.Question));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"Is there tea?\"},{\"role\":\"assistant\",\"content\":\"Yes.\"}]}")]
    [InlineData("a.jsonl", "{\"prompt\":\"Is there tea?\",\"completion\":\"Yes.\"}")]
    [InlineData("a.json", "[{\"instruction\":\"Is there tea?\",\"output\":\"Yes.\"}]")]
    [InlineData("a.json", "[{\"conversations\":[{\"from\":\"human\",\"value\":\"Is there tea?\"},{\"from\":\"gpt\",\"value\":\"Yes.\"}]}]")]
    [InlineData("a.csv", "question,answer,document_key,split\nIs there tea?,Yes.,tea,train\n")]
    public async Task Files_of_every_format_are_imported(string name, string content)
    {
        // F22, F23, F24: the formats that people have.
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(content));
        ExamplesAdded added = await _rag.Rag.ImportExamplesAsync(file, name, "imported", ExampleStates.Approved);

        ExampleRecord example = Assert.Single(added.Data);
        Assert.Equal(("Is there tea?", "Yes.", "imported"), (example.Question, example.Answer, example.Collection));
        Assert.Equal((ExampleStates.Approved, "import"), (example.State, example.Source));
        Assert.Equal(name == "a.csv" ? "tea" : null, example.DocumentKey);
    }

    [Fact]
    public async Task A_broken_file_is_refused_with_line_and_column_of_every_error()
    {
        const string Lines = "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":\"a\",\n{\"prompt\":7,\"completion\":\"b\"}\n";
        using var form = new MultipartFormDataContent { { new StringContent(Lines), "file", "bad.jsonl" } };
        using HttpResponseMessage answer = await _rag.Http.PostAsync("/v1/examples", form);
        string text = await answer.Content.ReadAsStringAsync();

        await Errors.AssertAsync(answer, 400, "invalid_examples_file");
        JsonElement errors = JsonElement.Parse(text).GetProperty("x_ratchet").GetProperty("errors");
        Assert.All(errors.EnumerateArray(), error => Assert.True(error.GetProperty("line").GetInt32() >= 2));
        Assert.Empty((await _rag.Rag.GetExamplesAsync()).Data);
    }

    [Fact]
    public async Task All_faults_are_told_at_once_and_nothing_is_taken()
    {
        // F160: every error with its place.
        const string Body = """
            {"examples":[{"question":"Good?","answer":"Yes."},{"question":"","answer":"x"},{"question":"q","answer":"a","state":"fine"}]}
            """;
        using var content = new StringContent(Body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _rag.Http.PostAsync("/v1/examples", content);
        string text = await answer.Content.ReadAsStringAsync();

        await Errors.AssertAsync(answer, 400, "invalid_examples");
        JsonElement errors = JsonElement.Parse(text).GetProperty("x_ratchet").GetProperty("errors");
        Assert.Equal([1, 2], errors.EnumerateArray().Select(error => error.GetProperty("index").GetInt32()));
        Assert.Empty((await _rag.Rag.GetExamplesAsync()).Data);
    }

    [Theory]
    [InlineData("{\"examples\":[]}", 400, "invalid_value")]
    [InlineData("{}", 400, "invalid_value")]
    [InlineData("{\"examples\":[null]}", 400, "invalid_examples")]
    [InlineData("{\"examples\":7}", 400, "invalid_json")]
    [InlineData("[]", 400, "invalid_json")]
    public async Task Bad_bodies_are_refused(string body, int status, string code)
    {
        using HttpResponseMessage answer = await _rag.Http.PostAsync(
            "/v1/examples", new StringContent(body, Encoding.UTF8, "application/json"));

        await Errors.AssertAsync(answer, status, code);
    }

    [Fact]
    public async Task Reviews_keep_who_and_when()
    {
        // F34: approve, edit, reject, by a person who knows the business.
        ExampleRecord example = await _rag.AddAsync("Is there tea?", "Yes.", state: null);
        Assert.Equal(ExampleStates.Proposed, example.State);

        ExampleRecord approved = await _rag.Rag.ReviewExampleAsync(
            example.Id, new ExampleUpdate(ExampleStates.Approved, ReviewedBy: "ada"));
        ExampleRecord edited = await _rag.Rag.ReviewExampleAsync(
            example.Id, new ExampleUpdate(Answer: "Yes, free.", ReviewedBy: "bob"));
        using var header = new HttpRequestMessage(HttpMethod.Patch, $"/v1/examples/{example.Id}")
        {
            Content = JsonContent.Create(new { state = "rejected" }),
        };
        header.Headers.Add("X-Ratchet-User", "eve");
        using HttpResponseMessage answer = await _rag.Http.SendAsync(header);
        ExampleRecord rejected = await _rag.Rag.GetExampleAsync(example.Id);

        Assert.Equal((ExampleStates.Approved, "ada"), (approved.State, approved.ReviewedBy));
        Assert.Equal((ExampleStates.Edited, "bob", "Yes, free."), (edited.State, edited.ReviewedBy, edited.Answer));
        Assert.Equal((ExampleStates.Rejected, "eve"), (rejected.State, rejected.ReviewedBy));
        Assert.NotNull(rejected.ReviewedAt);
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("{\"state\":\"fine\"}", 400)]
    [InlineData("{\"answer\":\" \"}", 400)]
    public async Task Reviews_that_say_nothing_are_refused(string body, int status)
    {
        ExampleRecord example = await _rag.AddAsync("Is there tea?", "Yes.");
        using HttpResponseMessage answer = await _rag.Http.PatchAsync(
            $"/v1/examples/{example.Id}", new StringContent(body, Encoding.UTF8, "application/json"));
        using HttpResponseMessage unknown = await _rag.Http.PatchAsync(
            "/v1/examples/ex-none", new StringContent("{\"state\":\"approved\"}", Encoding.UTF8, "application/json"));

        await Errors.AssertAsync(answer, status, "invalid_value");
        await Errors.AssertAsync(unknown, 404, "not_found");
    }
}
