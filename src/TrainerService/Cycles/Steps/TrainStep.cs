using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Queues the cycle's job, under an id that follows from the cycle's, and waits for its end.</summary>
public sealed class TrainStep(
    StartJob start, JobStore jobs, JobCommands commands, IBaseModel model, ServiceData data, IOptions<TrainerOptions> options,
    TimeProvider clock) : ICycleStep
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    public string Name => "train";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        string id = JobOf(cycle.Id);
        if (jobs.Find(id) is null)
        {
            start.Handle(Request(cycle), id, new JobOrigin(
                cycle.Id, cycle.View.Collection, cycle.View.Batch!, new CycleFolder(data, cycle.Id).Samples, cycle.Batches,
                cycle.ReplayCount));
        }
        else if (jobs.Get(id).Status == JobStatuses.Paused)
        {
            commands.Resume(id);
        }

        while (true)
        {
            Task news = jobs.Changed.Next;
            JobRecord job = jobs.Get(id);
            switch (job.Status)
            {
                case JobStatuses.Succeeded:
                    return new CycleStepResult(
                        $"{job.LastStep} steps over {job.TrainedTokens:N0} tokens made {job.FineTunedModel}.",
                        state => state with { View = state.View with { Job = id, Adapter = job.FineTunedModel } });
                case JobStatuses.Failed or JobStatuses.Cancelled:
                    throw new CycleStepException(
                        job.Error?.Code ?? "job_cancelled", job.Error?.Message ?? $"The job {id} was cancelled.");
                default:
                    Report(job, progress);
                    break;
            }

            await Signal.WaitAsync(news, Look, cancellation);
        }
    }

    /// <summary>The job of a cycle.</summary>
    public static string JobOf(string cycle) =>
        $"ftjob-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cycle)))[..32]}";

    private void Report(JobRecord job, CycleProgress progress)
    {
        IReadOnlyList<JobEvent> events = jobs.Events(job.Id);
        long total = events.Select(e => e.Data).OfType<JsonElement>()
            .Select(d => d.TryGetProperty("total_steps", out JsonElement t) ? t.GetInt64() : 0).FirstOrDefault(t => t > 0);
        TimeSpan? remaining = job.EstimatedFinish is { } finish
            ? TimeSpan.FromSeconds(Math.Max(0, finish - clock.GetUtcNow().ToUnixTimeSeconds())) : null;
        progress.Report(job.LastStep, Math.Max(total, job.LastStep + 1), remaining, events.Count > 0 ? events[0].Message : null);
    }

    private JobRequest Request(CycleState cycle)
    {
        TrainingSettings asked = cycle.Request.Training ?? new TrainingSettings();
        TrainingSettings usual = options.Value.Cycles.Training;
        return new JobRequest
        {
            Model = model.Info.Name,
            TrainingFile = cycle.View.TrainingFile!,
            Suffix = cycle.Request.Suffix ?? Suffix(cycle.View.Collection),
            Seed = ContextsStep.SeedOf(cycle),
            Extras = Merge(asked, usual),
            Metadata = new Dictionary<string, string> { ["cycle"] = cycle.Id, ["collection"] = cycle.View.Collection },
        };
    }

    // What the request leaves open, the service's settings for cycles say.
    private static TrainingSettings Merge(TrainingSettings asked, TrainingSettings usual)
    {
        var merged = new TrainingSettings();
        foreach (System.Reflection.PropertyInfo property in typeof(TrainingSettings).GetProperties())
        {
            property.SetValue(merged, property.GetValue(asked) ?? property.GetValue(usual));
        }

        return merged;
    }

    private static string Suffix(string collection)
    {
        string kept = new([.. collection.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
        return kept.Length > 40 ? kept[..40] : kept;
    }
}
