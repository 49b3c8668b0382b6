using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.Contracts.Rag;
using Ratchet.Engine.Models;
using Ratchet.RagService;
using Ratchet.RagService.Chunking;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Index;
using Ratchet.ServiceDefaults;

namespace Ratchet.Engine.Benchmarks;

/// <summary>
/// What it costs to make paragraphs searchable, beside the embedding of the same texts alone: the service as it starts, on a folder of
/// its own, from the acceptance of documents to the last one that is found.
/// </summary>
internal static class IndexingRun
{
    private const int TextsPerCall = 64;

    /// <param name="paragraphs">In all.</param>
    /// <param name="paragraphsPerDocument">1: every paragraph is stored, embedded and committed alone.</param>
    public static async Task PrintAsync(int paragraphs, int paragraphsPerDocument)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-bench-").FullName;
        try
        {
            await using WebApplication service = await StartAsync(folder);
            var text = new MadeText(112);
            string[] pages = [.. Enumerable.Range(0, paragraphs / paragraphsPerDocument).Select(_ => text.Page(paragraphsPerDocument))];
            Chunker chunker = service.Services.GetRequiredService<Chunker>();
            LoadedEncoder encoder = service.Services.GetRequiredService<LoadedEncoder>();
            encoder.Embed([.. pages.Take(TextsPerCall)]);

            IReadOnlyList<TextChunk>[] cuts = [];
            Cost chunking = Measure(() => cuts = [.. pages.Select(chunker.Cut)]);
            string[] texts = [.. pages.SelectMany((page, i) => cuts[i].Select(
                chunk => ChunkRow.SearchText(null, chunk.Heading, page[chunk.Range.Start..chunk.Range.End])))];
            double bytes = pages.Sum(page => (double)Encoding.UTF8.GetByteCount(page));
            Console.WriteLine($"{pages.Length:N0} documents, {texts.Length:N0} chunks, {bytes / 1e6:0.0} MB");
            Console.WriteLine($"chunking: {chunking}, {bytes / 1e6 / chunking.Processor:0.0} MB/s");

            Cost embedding = Measure(() =>
            {
                foreach (string[] some in texts.Chunk(TextsPerCall))
                {
                    encoder.Embed(some);
                }
            });
            Console.WriteLine($"embedding alone: {embedding}");

            Cost indexing = await MeasureAsync(() => IndexAsync(service, pages));
            Console.WriteLine($"searchable: {indexing}, {texts.Length / indexing.Clock:0} chunks/s");
            Console.WriteLine($"over embedding alone: {(indexing.Processor / embedding.Processor) - 1:P1} of processor time, {(indexing.Clock / embedding.Clock) - 1:P1} of the clock");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<WebApplication> StartAsync(string folder)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(["--Ratchet:Data", folder, "--urls", "http://127.0.0.1:0"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddServiceDefaults("rag");
        builder.AddRag();
        WebApplication service = builder.Build();
        await service.StartAsync();
        await service.Services.GetRequiredService<IndexState>().Ready;
        return service;
    }

    private static async Task IndexAsync(WebApplication service, string[] pages)
    {
        DocumentIntake intake = service.Services.GetRequiredService<DocumentIntake>();
        DocumentStore store = service.Services.GetRequiredService<DocumentStore>();
        var ids = new List<string>();
        for (int i = 0; i < pages.Length; i++)
        {
            var submission = new DocumentSubmission($"page-{i}", Encoding.UTF8.GetBytes(pages[i]), "text/markdown", "push", "default", $"page-{i}", null, null, null);
            ids.Add((await intake.AcceptAsync(DocumentIntake.Read(submission), CancellationToken.None)).Id);
        }

        foreach (string id in ids)
        {
            string state = DocumentStates.Indexing;
            while ((state = store.Get(id).State) == DocumentStates.Indexing)
            {
                await Task.Delay(20);
            }

            if (state != DocumentStates.Indexed)
            {
                throw new InvalidOperationException($"{id} is {state}.");
            }
        }

        KnowledgeIndex index = service.Services.GetRequiredService<KnowledgeIndex>();
        string[] words = pages[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (index.FindByWords(string.Join(' ', words.Take(12)), 1, RagService.Ports.ChunkFilter.None).Count == 0)
        {
            throw new InvalidOperationException("The last document is not found by its words.");
        }
    }

    private static Cost Measure(Action run)
    {
        (TimeSpan processor, long clock) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        run();
        return new Cost((Environment.CpuUsage.TotalTime - processor).TotalSeconds, Stopwatch.GetElapsedTime(clock).TotalSeconds);
    }

    private static async Task<Cost> MeasureAsync(Func<Task> run)
    {
        (TimeSpan processor, long clock) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await run();
        return new Cost((Environment.CpuUsage.TotalTime - processor).TotalSeconds, Stopwatch.GetElapsedTime(clock).TotalSeconds);
    }

    private readonly record struct Cost(double Processor, double Clock)
    {
        public override string ToString() => $"{Processor:0.00} s of processor time, {Clock:0.00} s by the clock";
    }
}
