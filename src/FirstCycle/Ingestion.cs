using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.FirstCycle;

/// <summary>Brings documents in, examples too, and has the examples reviewed.</summary>
internal sealed class Ingestion(RagClient rag, SampleBusiness business, Narrator narrator)
{
    private const int Parallel = 4;
    private const string Reviewer = "first-cycle";
    private static readonly TimeSpan IndexPatience = TimeSpan.FromMinutes(2);

    /// <returns>Document ids by key.</returns>
    public async Task<IReadOnlyDictionary<string, string>> SendDocumentsAsync(CancellationToken cancellation)
    {
        IReadOnlyList<SampleDocument> documents = business.Documents();
        var ids = new Dictionary<string, string>();
        foreach (SampleDocument document in documents)
        {
            await using FileStream content = File.OpenRead(business.PathOf(document));
            DocumentRecord sent = await rag.UploadDocumentAsync(
                content, document.Key,
                new DocumentUpload(SampleBusiness.Collection, document.Key, document.Title, document.Split), cancellation);
            ids[document.Key] = sent.Id;
        }

        DateTimeOffset deadline = TimeProvider.System.GetUtcNow() + IndexPatience;
        while (true)
        {
            ListResponse<DocumentRecord> list =
                await rag.GetDocumentsAsync(new DocumentQuery(SampleBusiness.Collection, Limit: documents.Count + 1), cancellation);
            int indexed = list.Data.Count(document => document.State == DocumentStates.Indexed);
            if (list.Data.FirstOrDefault(document => document.State == DocumentStates.Failed) is { } failed)
            {
                throw new StepFailedException($"Document '{failed.Key}' could not be indexed: {failed.Error}");
            }

            if (indexed == documents.Count)
            {
                int chunks = list.Data.Sum(document => document.ChunkCount);
                narrator.Say($"{documents.Count} documents, {chunks} chunks of at most 64 tokens; all answerable.");
                return ids;
            }

            if (TimeProvider.System.GetUtcNow() > deadline)
            {
                throw new StepFailedException($"{indexed} of {documents.Count} documents were indexed within {IndexPatience.TotalMinutes:0} minutes.");
            }

            narrator.Progress("Indexing", $"{indexed} of {documents.Count} documents", null);
            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>Imports the examples as proposals: nothing goes into weights that nobody has looked at.</summary>
    public async Task<IReadOnlyList<ExampleRecord>> ImportExamplesAsync(CancellationToken cancellation)
    {
        ExampleInput[] proposals = [.. business.Examples().Select(example => example with { State = ExampleStates.Proposed })];
        ExamplesAdded added = await rag.AddExamplesAsync(new ExamplesRequest(proposals), idempotencyKey: null, cancellation);
        if (added.Data.Count != proposals.Length)
        {
            throw new StepFailedException($"{proposals.Length} examples were sent, {added.Data.Count} came back.");
        }

        int training = added.Data.Count(example => example.Split == Splits.Train);
        narrator.Say($"{training} examples to learn from, {added.Data.Count - training} questions held out, all proposed.");
        return added.Data;
    }

    /// <summary>Approves every proposal, as a person who knows the business would on the review page.</summary>
    public async Task ReviewAsync(IReadOnlyList<ExampleRecord> examples, CancellationToken cancellation)
    {
        int done = 0;
        await System.Threading.Tasks.Parallel.ForEachAsync(
            examples, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation },
            async (example, token) =>
            {
                await rag.ReviewExampleAsync(example.Id, new ExampleUpdate(ExampleStates.Approved, ReviewedBy: Reviewer), token);
                Interlocked.Increment(ref done);
            });
        narrator.Say($"{done} examples approved by '{Reviewer}'.");
    }
}
