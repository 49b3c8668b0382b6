using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Queues a job; what it answers is on the disk.</summary>
public sealed class StartJob(
    JobStore jobs, FileStore files, BatchFile batches, IBaseModel model, IJobCapabilities capabilities, IOptions<TrainerOptions> options, TimeProvider clock)
{
    /// <summary>The same for a request that may name sealed batches in place of files; those are pulled first.</summary>
    public async Task<JobRecord> HandleAsync(JobRequest request, CancellationToken cancellation)
    {
        string training = await batches.ResolveAsync(request.TrainingFile, "training_file", cancellation);
        string? validation = request.ValidationFile is { } name ? await batches.ResolveAsync(name, "validation_file", cancellation) : null;
        return Handle(
            request with { TrainingFile = training, ValidationFile = validation }, batch: training == request.TrainingFile ? null : request.TrainingFile);
    }

    /// <summary>Checks what the request names, chooses what it leaves open, and queues.</summary>
    /// <param name="request">As read.</param>
    /// <param name="id">The job's id where it is known beforehand: the same id twice is the same job.</param>
    /// <param name="origin">Where the samples are, for a cycle's job.</param>
    /// <param name="batch">The sealed batch that the training file is.</param>
    public JobRecord Handle(JobRequest request, string? id = null, JobOrigin? origin = null, string? batch = null)
    {
        BaseModelInfo info = model.Info;
        if (!model.Matches(request.Model))
        {
            throw new ApiException(
                400, "model_not_found",
                $"The model '{request.Model}' is not the base model of this service. It trains '{info.Name}'; send that, or set "
                + "Model:Base.", "model");
        }

        ModelSettingsCheck.CheckLayers(request.Extras.TrainableLayers, info.LayerCount);
        AdapterSettingsCheck.CheckLayers(request.Extras.LayersToTransform, info.LayerCount);
        bool isPreference = request.Extras.Objective == TrainingObjectives.Preference;
        FileRecord training = Training(request.TrainingFile, "training_file", isPreference);
        FileRecord? validation = request.ValidationFile is { } name ? Training(name, "validation_file", isPreference) : null;
        id ??= $"ftjob-{Guid.CreateVersion7(clock.GetUtcNow()):N}";

        // A trainer outside has a base of its own, which only it knows.
        string? weights = options.Value.Runner == TrainerOptions.ExternalRunner ? null : info.WeightType;
        (JobSettings settings, IReadOnlyList<string> choices) =
            AutoSettings.Choose(request, training.ExampleCount, info.ContextLength, id, weights);
        if (capabilities.Refusal(settings) is { } refusal)
        {
            throw new ApiException(400, refusal.Code, refusal.Message, refusal.Param);
        }

        var job = new JobRecord
        {
            Id = id,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Status = JobStatuses.Queued,
            Request = request,
            Settings = settings,
            BaseModel = info.Name,
            BaseSha256 = info.Sha256,
            BaseWeights = weights,
            ModelPath = info.Path,
            Suffix = request.Suffix ?? "adapter",
            Origin = origin,
            Batch = batch,
            ExampleCount = training.ExampleCount,
        };
        return jobs.Add(
            job,
            [
                $"Created fine-tuning job: {id}",
                $"Validating training file: {training.Id}",
                .. validation is null ? [] : new[] { $"Validating validation file: {validation.Id}" },
                .. choices.Select(choice => $"Chosen: {choice}"),
                "Files validated, moving job to queued state",
            ]);
    }

    private FileRecord Training(string id, string param, bool isPreference)
    {
        FileRecord file = files.Find(id) ?? throw new ApiException(
            400, "file_not_found",
            $"invalid {param}: {id}. There is no such file; upload it with POST /v1/files, purpose 'fine-tune'.", param);
        if (file.Purpose != FileStore.TrainingPurpose)
        {
            throw ApiException.BadField(
                param, $"The file {id} has the purpose '{file.Purpose}'; one uploaded with 'fine-tune' is needed.");
        }

        return file.IsPreference == isPreference
            ? file
            : throw ApiException.BadField(
                param, isPreference
                    ? $"The rows of {id} have one answer each, and the method 'dpo' learns from pairs. Send the method 'supervised', or rows with a preferred and a non-preferred answer."
                    : $"The rows of {id} are pairs of answers of which one is preferred. Send the method.type 'dpo', or rows with one answer.");
    }
}
