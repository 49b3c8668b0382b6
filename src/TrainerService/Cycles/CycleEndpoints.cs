using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Cycles;

/// <summary>/v1/cycles.</summary>
public static class CycleEndpoints
{
    private const string Manual = "manual";

    public static void MapCycles(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder cycles = routes.MapGroup("/v1/cycles").WithTags("Cycles");
        cycles.MapPost("/", async (JsonElement body, CycleStarter starter, CancellationToken cancellation) =>
            (await starter.StartAsync(Read(body), Manual, cancellation)).View).WithIdempotencyKey();
        cycles.MapGet("/", (CycleStore store, string? after = null, int limit = 20) =>
            ListSlice.Of(store.List().Select(state => state.View), view => view.Id, after, limit, ends: true));
        cycles.MapGet("/{id}", (string id, CycleStore store) => store.Get(id).View);
        cycles.MapPost("/{id}/pause", (string id, CycleCommands commands) => commands.Pause(id));
        cycles.MapPost("/{id}/resume", (string id, CycleCommands commands) => commands.Resume(id));
        cycles.MapPost("/{id}/cancel", (string id, CycleCommands commands) => commands.Cancel(id));
    }

    internal static StartCycleRequest Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new ApiException(400, "invalid_type", "The body is not a JSON object; one with 'collection' is needed.");
        }

        if (!body.TryGetProperty("collection", out JsonElement collection) || collection.ValueKind != JsonValueKind.String
            || string.IsNullOrWhiteSpace(collection.GetString()))
        {
            throw ApiException.BadField("collection", "It is missing; the name of a collection of the RagService is needed.");
        }

        // Training settings, seed and suffix obey the rules of a job.
        JsonElement training = body.TryGetProperty("training", out JsonElement given) ? given
            : body.TryGetProperty("x_ratchet", out JsonElement extras) ? extras : default;
        var job = new Dictionary<string, object?> { ["model"] = "m", ["training_file"] = "f" };
        foreach (string name in (string[])["seed", "suffix"])
        {
            if (body.TryGetProperty(name, out JsonElement value))
            {
                job[name] = value;
            }
        }

        if (training.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
        {
            job["x_ratchet"] = training;
        }

        JobRequest checkedJob = JobRequestReader.Read(JsonSerializer.SerializeToElement(job));
        if (checkedJob.Extras.Objective == TrainingObjectives.Preference)
        {
            throw ApiException.BadField(
                "training.objective", "'dpo' was found. A cycle learns the approved answers of its batch, which are no pairs; start a job of its own with a file of pairs.");
        }

        if (TuningMethods.MakesModel(checkedJob.Extras.Tuning))
        {
            throw ApiException.BadField(
                "training.tuning",
                $"'{checkedJob.Extras.Tuning}' was found. A cycle evaluates and swaps an adapter, and '{checkedJob.Extras.Tuning}' makes a model; ask for 'lora' or 'qlora', or start a job of its own.");
        }

        StartCycleRequest request = body.Deserialize<StartCycleRequest>(WireJson.Options)!;
        return request with { Training = checkedJob.Extras, Seed = checkedJob.Seed };
    }
}

/// <summary>Pause, resume and cancel.</summary>
public sealed class CycleCommands(CycleStore store, JobStore jobs, JobCommands commands, TimeProvider clock)
{
    public CycleRecord Pause(string id)
    {
        store.Get(id);
        (CycleState state, _) = store.Update(
            id, s => s.View.Status == CycleStatuses.Running
                ? s with { View = s.View with { Status = CycleStatuses.Paused } } : null);
        Expect(state, CycleStatuses.Paused, "paused", "Only a running cycle can be.");
        if (JobOf(id) is { Status: JobStatuses.Running or JobStatuses.Queued } job)
        {
            commands.Pause(job.Id);
        }

        return state.View;
    }

    public CycleRecord Resume(string id)
    {
        store.Get(id);
        if (JobOf(id) is { Status: JobStatuses.Paused } job)
        {
            commands.Resume(job.Id);
        }

        (CycleState state, _) = store.Update(
            id, s => s.View.Status == CycleStatuses.Paused
                ? s with { View = s.View with { Status = CycleStatuses.Running } } : null);
        Expect(state, CycleStatuses.Running, "resumed", "Only a paused cycle can be.");
        return state.View;
    }

    public CycleRecord Cancel(string id)
    {
        store.Get(id);
        (CycleState state, _) = store.Update(
            id, s => s.View.IsFinished ? null : s with
            {
                View = s.View with
                {
                    Status = CycleStatuses.Cancelled,
                    FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                },
            });
        Expect(state, CycleStatuses.Cancelled, "cancelled", "Only a cycle that has not ended can be.");
        if (JobOf(id) is { IsTerminal: false } job)
        {
            commands.Cancel(job.Id);
        }

        return state.View;
    }

    private JobRecord? JobOf(string cycle) => jobs.Find(Steps.TrainStep.JobOf(cycle));

    private static void Expect(CycleState state, string wanted, string what, string rule)
    {
        if (state.View.Status != wanted)
        {
            throw new ApiException(
                400, "invalid_cycle_status", $"The cycle {state.Id} is {state.View.Status} and cannot be {what}. {rule}", "status");
        }
    }
}
