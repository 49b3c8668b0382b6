using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.TrainerService.Jobs;

/// <summary>OpenAI's /v1/fine_tuning/jobs (F49, F128).</summary>
public static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder jobs = routes.MapGroup("/v1/fine_tuning/jobs").WithTags("Fine-tuning");
        jobs.MapPost("/", async (JsonElement body, StartJob start, TimeProvider clock, CancellationToken cancellation) =>
            JobView.Of(await start.HandleAsync(JobRequestReader.Read(body), cancellation), clock)).WithIdempotencyKey();
        jobs.MapGet("/", List);
        jobs.MapGet("/{id}", (string id, JobStore store, TimeProvider clock) => JobView.Of(store.Get(id), clock));
        jobs.MapPost("/{id}/cancel", (string id, JobCommands commands, TimeProvider clock) => JobView.Of(commands.Cancel(id), clock));
        jobs.MapPost("/{id}/pause", (string id, JobCommands commands, TimeProvider clock) => JobView.Of(commands.Pause(id), clock));
        jobs.MapPost("/{id}/resume", (string id, JobCommands commands, TimeProvider clock) => JobView.Of(commands.Resume(id), clock));
        jobs.MapGet("/{id}/events", ListEventsAsync);
        jobs.MapGet("/{id}/checkpoints", ListCheckpoints);
    }

    private static ListResponse<JobView> List(HttpRequest request, JobStore store, TimeProvider clock, string? after = null, int limit = 20)
    {
        IEnumerable<JobRecord> jobs = store.List();
        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> pair in request.Query)
        {
            if (pair.Key == "metadata" && pair.Value == "null")
            {
                jobs = jobs.Where(job => job.Request.Metadata is null or { Count: 0 });
            }
            else if (pair.Key.StartsWith("metadata[", StringComparison.Ordinal) && pair.Key.EndsWith(']'))
            {
                string key = pair.Key[9..^1];
                string value = pair.Value.ToString();
                jobs = jobs.Where(job => job.Request.Metadata?.GetValueOrDefault(key) == value);
            }
        }

        return ListSlice.Of(jobs.Select(job => JobView.Of(job, clock)), job => job.Id, after, limit, ends: true);
    }

    private static async Task ListEventsAsync(
        string id, HttpContext context, JobStore store, JobEventStream stream, string? after = null, int limit = 20)
    {
        JobRecord job = store.Get(id);
        if (context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync(context, job, after);
            return;
        }

        ListResponse<JobEventView> page = ListSlice.Of(
            store.Events(job.Id).Select(JobEventView.Of), e => e.Id, after, limit, limitMax: 1000, ends: true);
        await Results.Ok(page).ExecuteAsync(context);
    }

    private static ListResponse<JobCheckpointView> ListCheckpoints(
        string id, JobStore store, string? after = null, int limit = 10) =>
        ListSlice.Of(
            store.Checkpoints(store.Get(id).Id).Select(JobCheckpointView.Of), c => c.Id, after, limit, limitMax: 100, ends: true);
}

/// <summary>Cancel, pause and resume.</summary>
public sealed class JobCommands(JobStore store, TimeProvider clock)
{
    public JobRecord Cancel(string id)
    {
        store.Get(id);
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        (JobRecord job, bool changed) = store.Update(
            id,
            job => job.IsTerminal ? null : job with { Status = JobStatuses.Cancelled, FinishedAt = now },
            ("info", "Fine-tuning job cancelled"));
        return changed || job.Status == JobStatuses.Cancelled ? job : throw Wrong(job, "cancelled", "Only a job that has not ended can be.");
    }

    public JobRecord Pause(string id)
    {
        store.Get(id);
        (JobRecord job, bool changed) = store.Update(
            id,
            job => job.Status is JobStatuses.Running or JobStatuses.Queued or JobStatuses.Validating
                ? job with { Status = JobStatuses.Paused }
                : null,
            ("info", "Fine-tuning job paused"));
        return changed || job.Status == JobStatuses.Paused
            ? job : throw Wrong(job, "paused", "Only a job that is queued or running can be.");
    }

    public JobRecord Resume(string id)
    {
        store.Get(id);
        (JobRecord job, bool changed) = store.Update(
            id,
            job => job.Status == JobStatuses.Paused ? job with { Status = JobStatuses.Queued } : null,
            ("info", "Fine-tuning job resumed; it continues from its last checkpoint"));
        return changed || job.Status is JobStatuses.Queued or JobStatuses.Running
            ? job : throw Wrong(job, "resumed", "Only a paused job can be.");
    }

    private static ApiException Wrong(JobRecord job, string what, string rule) => new(
        400, "invalid_job_status", $"The job {job.Id} is {job.Status} and cannot be {what}. {rule}", "status");
}
