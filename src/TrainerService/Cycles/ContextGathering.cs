using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Asks retrieval once for each question and keeps what it found; a kill loses at most the last line.</summary>
public sealed class ContextGathering(IKnowledge knowledge)
{
    // Some more than are shown: an example with distractors only has to skip those of its own document.
    private const int Spare = 4;

    /// <param name="content">Canonical JSONL of a batch.</param>
    public static IReadOnlyList<BatchRow> Rows(byte[] content) =>
    [
        .. System.Text.Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<BatchRow>(line, WireJson.Options)!),
    ];

    /// <summary>Appends what is missing to a file of training contexts.</summary>
    public async Task GatherTrainingAsync(
        string path, IReadOnlyList<BatchRow> rows, int passageCount, Action<int> report, CancellationToken cancellation)
    {
        HashSet<string> known = [.. LineFile.Read<TrainingContext>(path).Items.Select(c => c.Row.ExampleId)];
        using FileStream stream = LineFile.OpenForAppend(path);
        for (int i = 0; i < rows.Count; i++)
        {
            BatchRow row = rows[i];
            if (!known.Contains(row.ExampleId))
            {
                IReadOnlyList<SearchHit> hits = await knowledge.SearchAsync(
                    row.Question, row.Collection, passageCount + Spare, cancellation);
                FoundPassage[] found = [.. hits.Select(hit => Passage(hit, row.DocumentId, row.DocumentKey))];
                FoundPassage? source = found.FirstOrDefault(p => p.Id == row.ChunkId)
                    ?? found.FirstOrDefault(p => p.IsSource) ?? await SourceAsync(row, hits, cancellation);
                LineFile.Append(stream, [new TrainingContext(row, found, source)]);
            }

            report(i + 1);
        }
    }

    /// <summary>Appends what is missing to a file of held-out contexts.</summary>
    public async Task GatherHeldOutAsync(
        string path, IReadOnlyList<ExampleRecord> examples, int passageCount, Action<int> report, CancellationToken cancellation)
    {
        HashSet<string> known = [.. LineFile.Read<HeldOutContext>(path).Items.Select(c => c.Example.Id)];
        using FileStream stream = LineFile.OpenForAppend(path);
        for (int i = 0; i < examples.Count; i++)
        {
            ExampleRecord example = examples[i];
            if (!known.Contains(example.Id))
            {
                IReadOnlyList<SearchHit> hits = await knowledge.SearchAsync(
                    example.Question, example.Collection, passageCount, cancellation);
                LineFile.Append(
                    stream,
                    [new HeldOutContext(example, [.. hits.Select(hit => Passage(hit, example.DocumentId, example.DocumentKey))])]);
            }

            report(i + 1);
        }
    }

    // Retrieval missed the example's own document: the passage that shares most words with the answer stands for it.
    private async Task<FoundPassage?> SourceAsync(
        BatchRow row, IReadOnlyList<SearchHit> hits, CancellationToken cancellation)
    {
        if (row.DocumentId is null)
        {
            return null;
        }

        IReadOnlyList<ChunkRecord> chunks = await knowledge.ChunksAsync(row.DocumentId, cancellation);
        HashSet<string> wanted = Words(row.Question + " " + row.Answer);
        ChunkRecord? best = chunks.FirstOrDefault(c => c.Id == row.ChunkId)
            ?? chunks.MaxBy(c => Words(c.Text).Count(wanted.Contains));
        string title = hits.FirstOrDefault(hit => hit.Document.Id == row.DocumentId)?.Document.Title ?? row.DocumentKey ?? "";
        return best is null ? null : new FoundPassage(best.Id, new PromptChunk(title, best.Text), IsSource: true);
    }

    private static FoundPassage Passage(SearchHit hit, string? documentId, string? documentKey) => new(
        hit.Chunk.Id,
        hit.ToPromptChunk(),
        hit.Document.Id == documentId || (documentKey is not null && hit.Document.Key == documentKey));

    private static HashSet<string> Words(string text) =>
    [
        .. text.ToLowerInvariant().Split(
            (char[])[' ', '\n', '\t', '.', ',', ';', ':', '!', '?', '(', ')', '"', '|'], StringSplitOptions.RemoveEmptyEntries),
    ];
}
