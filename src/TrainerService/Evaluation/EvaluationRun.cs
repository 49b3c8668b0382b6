using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>Runs one evaluation in worker processes until all of it is scored.</summary>
public sealed class EvaluationRun(
    IWorkerRunner workers, WorkerSlots slots, IDatasetReader reader, IBaseModel model, IOptions<TrainerOptions> options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Writes what is to be scored; an evaluation that was prepared before stays as it is.</summary>
    public void Prepare(
        EvaluationFolder folder, IReadOnlyList<EvaluationItem> items, IReadOnlyList<EvaluatedModel> models, long aliasVersion)
    {
        if (File.Exists(folder.Work))
        {
            return;
        }

        Directory.CreateDirectory(folder.Path);
        Write(folder.Items, items);
        Write(folder.Probe, Probe());
        JobFolder.Write(folder.Work, new EvaluationWork(
            model.Info.Path, model.Info.Name, models, aliasVersion, options.Value.Evaluation.WriteTokens,
            options.Value.Evaluation.BatchSize, model.EncoderPath));
    }

    /// <param name="report">Told how many answers are scored of how many.</param>
    public async Task RunAsync(EvaluationFolder folder, Action<int, int> report, CancellationToken cancellation)
    {
        int total = Total(folder);
        int attempts = 0;
        int best = Count(folder);
        report(best, total);
        using IDisposable slot = await slots.TakeAsync(cancellation);
        while (!File.Exists(folder.Finished))
        {
            WorkerExit exit = await workers.RunAsync(
                "evaluation", folder.Path, Tell, cancellation, CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            int done = Count(folder);
            attempts = done > best ? 0 : attempts + 1;
            best = done;
            if (File.Exists(folder.Finished))
            {
                break;
            }

            if (exit.Code == WorkerExit.DiskFull)
            {
                attempts = 0;
                await Task.Delay(FullDisk.Pause, cancellation);
                continue;
            }

            if (attempts >= options.Value.Attempts && exit.Code != WorkerExit.Held)
            {
                throw new InvalidOperationException(
                    $"The evaluation's worker died {attempts} times without scoring an answer (exit code {exit.Code}). {exit.LastWords}");
            }

            await Task.Delay(Pause, cancellation);
        }

        report(total, total);

        Task Tell()
        {
            report(Count(folder), total);
            return Task.CompletedTask;
        }
    }

    private List<ProbeItem> Probe()
    {
        string path = options.Value.Probe ?? Path.Combine(SolutionFolder.Find(), "samples", "general", "probe.jsonl");
        return !File.Exists(path)
            ? []
            : [.. reader.Read(path, Path.GetFileName(path)).Select((conversation, i) => new ProbeItem(
                $"probe-{i + 1}",
                [.. conversation.Messages.SkipLast(1).Select(m => new PromptMessage(m.Role, m.Content))],
                conversation.Messages[^1].Content))];
    }

    private static int Total(EvaluationFolder folder)
    {
        EvaluationWork work = folder.ReadWork();
        int items = LineFile.Read<EvaluationItem>(folder.Items).Items.Count;
        int probe = LineFile.Read<ProbeItem>(folder.Probe).Items.Count;
        return (work.Models.Count * items * 2) + (work.Models.Count(m => m.Probed) * probe);
    }

    private static int Count(EvaluationFolder folder) => LineFile.Read<EvaluationResult>(folder.Results).Items.Count;

    private static void Write<T>(string path, IReadOnlyList<T> items)
    {
        File.Delete(path);
        using FileStream stream = LineFile.OpenForAppend(path);
        LineFile.Append(stream, items);
    }
}
