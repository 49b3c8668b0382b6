using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Fakes;

/// <summary>A business of 40 covered and 30 uncovered documents; can die (or be away) at a chosen call.</summary>
internal sealed class FakeKnowledge : IKnowledge
{
    private readonly Dictionary<string, byte[]> _batches = [];
    private readonly Dictionary<string, string> _sealed = [];

    public int UncoveredCount { get; set; } = 120;

    public int ExampleCount { get; set; } = 60;

    /// <summary>Throws this at the call with that number, once.</summary>
    public Dictionary<int, Exception> FailAt { get; } = [];

    public int CallCount { get; private set; }

    public int SealCount { get; private set; }

    public int SearchCount { get; private set; }

    public int ReadyToSeal { get; set; }

    public bool Redacted { get; set; }

    public Task<BatchRecord> SealAsync(string collection, string include, string key, CancellationToken cancellation)
    {
        Call();
        if (!_sealed.TryGetValue(key, out string? id))
        {
            if (ExampleCount == 0)
            {
                throw new RagRequestException(400, "no_examples", "No approved example waits to be sealed.");
            }

            SealCount++;
            byte[] content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, ExampleCount).Select(i =>
                JsonSerializer.Serialize(
                    new BatchRow($"question {SealCount} {i}?", $"answer {i}. Rule {i}.", collection, $"ex-{SealCount}-{i}", $"doc{i % 40}", $"id-doc{i % 40}"),
                    WireJson.Options) + "\n")));
            id = "batch-" + Convert.ToHexStringLower(SHA256.HashData(content));
            _batches[id] = content;
            _sealed[key] = id;
        }

        return Task.FromResult(Record(id, collection));
    }

    public Task<BatchRecord> BatchAsync(string id, CancellationToken cancellation) => Task.FromResult(Record(id, "house"));

    public Task<IReadOnlyList<BatchRecord>> BatchesAsync(CancellationToken cancellation)
    {
        Call();
        return Task.FromResult<IReadOnlyList<BatchRecord>>([.. _batches.Keys.Reverse().Select(id => Record(id, "house"))]);
    }

    public Task<byte[]> ContentAsync(string batch, CancellationToken cancellation)
    {
        Call();
        return Task.FromResult(Redacted ? [] : _batches.GetValueOrDefault(batch) ?? throw new RagRequestException(404, "not_found", $"There is no {batch}."));
    }

    /// <summary>Seals this content.</summary>
    /// <returns>The batch's id.</returns>
    public string Keep(byte[] content)
    {
        string id = "batch-" + Convert.ToHexStringLower(SHA256.HashData(content));
        _batches[id] = content;
        return id;
    }

    public Task<IReadOnlyList<SearchHit>> SearchAsync(
        string question, string collection, int count, CancellationToken cancellation)
    {
        Call();
        SearchCount++;
        int about = question.Sum(c => c) % 40;
        return Task.FromResult<IReadOnlyList<SearchHit>>([.. Enumerable.Range(0, count).Select(i => Hit((about + i) % 70, 1.0 / (i + 1)))]);
    }

    public Task<IReadOnlyList<ChunkRecord>> ChunksAsync(string document, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ChunkRecord>>([Hit(int.Parse(document[6..], null), 1).Chunk]);

    public async IAsyncEnumerable<ExampleRecord> HeldOutAsync(
        string collection, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Call();
        await Task.Yield();
        for (int i = 0; i < UncoveredCount; i++)
        {
            yield return Example($"un-{i}", $"uncovered question {i}?", $"doc{40 + (i % 30)}", covered: false, counted: true);
        }

        for (int i = 0; i < 50; i++)
        {
            yield return Example($"co-{i}", $"covered question {i}?", $"doc{i % 40}", covered: true, counted: true);
        }

        yield return Example("cn-1", "几点开门?", "doc1", covered: true, counted: false);
    }

    public Task<KnowledgeStats> StatsAsync(CancellationToken cancellation) => Task.FromResult(new KnowledgeStats(
        new Dictionary<string, int>(), 0, new Dictionary<string, int>(), 0, ReadyToSeal, ReadyToSeal * 30, null, 0, 0, 0, null, 0, null, []));

    private static SearchHit Hit(int document, double score) => new(
        new ChunkRecord($"chunk-{document}", 0, $"What document {document} says.", null, 0, 10, 8, $"id-doc{document}"),
        new DocumentReference($"id-doc{document}", $"doc{document}", $"Document {document}", "house", 1),
        score);

    private static ExampleRecord Example(string id, string question, string document, bool covered, bool counted) => new(
        id, "house", question, $"The answer to {question}", "held_out", "approved", "import", 1, covered, counted,
        $"id-{document}", document);

    private BatchRecord Record(string id, string collection) => new(
        id, id[6..], 1, ExampleCount, 40, _batches[id].Length, Redacted, !Redacted, collection);

    private void Call()
    {
        CallCount++;
        if (FailAt.Remove(CallCount, out Exception? failure))
        {
            throw failure;
        }
    }
}
