using System.Diagnostics;
using System.Text;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.EndToEnd.Tests;

/// <summary>A document is answered soon after it came, and by nothing once it is gone.</summary>
[Trait("Stack", "Both")]
[Collection(nameof(RunningRatchetCollection))]
public sealed class FreshnessTests(RatchetFixture ratchet)
{
    private const string Collection = "freshness";
    private static readonly TimeSpan WhileIdle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileTraining = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_new_document_is_cited_within_five_seconds()
    {
        await CitedWithinAsync(
            WhileIdle,
            attempt => TimeToCitationAsync(
                $"gate-code-{attempt}", $"The code of river gate {attempt} is 739{attempt}.", $"What is the code of river gate {attempt}?"));
    }

    [Fact]
    public async Task And_within_fifteen_while_a_job_trains()
    {
        string file = await ratchet.Jobs.UploadAsync(TrainingText.Lines(40));
        string job = await ratchet.Jobs.StartAsync(file, seed: 3, steps: 5000);
        await ratchet.Jobs.ReachAsync(job, step: 1);
        try
        {
            await CitedWithinAsync(
                WhileTraining,
                attempt => TimeToCitationAsync(
                    $"boat-{attempt}", $"Rowing boat {attempt} costs 1{attempt} euros for an afternoon.", $"What does rowing boat {attempt} cost for an afternoon?"));

            Assert.Equal("running", (await ratchet.Jobs.GetAsync(job)).GetProperty("status").GetString());
        }
        finally
        {
            using HttpResponseMessage cancelled =
                await ratchet.Http.PostAsync(new Uri($"v1/fine_tuning/jobs/{job}/cancel", UriKind.Relative), content: null);
        }
    }

    [Fact]
    public async Task After_its_deletion_nothing_holds_it()
    {
        const string Question = "Who keeps the key of the bell tower?";
        const string Secret = "Ottoline Farthingale";
        await TimeToCitationAsync("bell-tower", $"The key of the bell tower is kept by {Secret}.", Question);
        DocumentRecord document = (await ratchet.Rag.GetDocumentsAsync(new DocumentQuery(Collection, Key: "bell-tower"))).Data.Single();
        await ratchet.Rag.AddExamplesAsync(new ExamplesRequest(
            [new ExampleInput(Question, $"{Secret} keeps it. [Rule T-1]", Collection, "bell-tower", Splits.Train, ExampleStates.Approved)]));
        BatchRecord batch = await ratchet.Rag.SealBatchAsync(new SealBatchRequest(Collection));
        Assert.Contains(Secret, Encoding.UTF8.GetString(await ratchet.Rag.GetBatchContentAsync(batch.Id)), StringComparison.Ordinal);

        await ratchet.Rag.DeleteDocumentAsync(document.Id);

        ChatCompletion answer = await ratchet.Chats.AskAsync(Question, collection: Collection);
        Assert.DoesNotContain("Farthingale", answer.Choices[0].Message.Content, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(answer.Choices[0].Message.Annotations, citation => Cites(citation, document.Id));
        Assert.DoesNotContain(answer.XRatchet?.Chunks ?? [], chunk => chunk.Document == document.Id);
        SearchResponse found = await ratchet.Rag.SearchAsync(new SearchRequest(Question, Collection));
        Assert.DoesNotContain(found.Data, hit => hit.Document.Id == document.Id);
        Assert.Empty((await ratchet.Rag.GetExamplesAsync(new ExampleQuery(Collection: Collection, Text: Secret))).Data);
        Assert.True((await ratchet.Rag.GetBatchAsync(batch.Id)) is { Redacted: true, Trainable: false });
    }

    // The promise is for a machine with nothing else to do; a neighbour may spoil a try, not all three.
    private static async Task CitedWithinAsync(TimeSpan limit, Func<int, Task<TimeSpan>> attempt)
    {
        var took = new List<TimeSpan>();
        while (took.Count < 3 && !took.Any(time => time <= limit))
        {
            took.Add(await attempt(took.Count + 1));
        }

        Assert.True(took.Any(time => time <= limit), $"It took {string.Join(", ", took)}; {limit} are promised.");
    }

    private async Task<TimeSpan> TimeToCitationAsync(string key, string text, string question)
    {
        var watch = Stopwatch.StartNew();
        DocumentRecord document = await ratchet.Rag.PushDocumentAsync(new DocumentPush(text, key, Collection, Title: key));
        while (true)
        {
            ChatCompletion answer = await ratchet.Chats.AskAsync(question, "base", Collection, tokensMax: 16);
            if (answer.Choices[0].Message.Annotations.Any(citation => Cites(citation, document.Id)))
            {
                return watch.Elapsed;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"'{key}' was not cited within a minute.");
            await Task.Delay(100);
        }
    }

    private static bool Cites(Annotation citation, string document) =>
        citation.UrlCitation.Url.Contains(document, StringComparison.Ordinal);
}
