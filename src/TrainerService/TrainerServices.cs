using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Ratchet.Engine.Torch;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Cycles.Steps;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Exports;
using Ratchet.TrainerService.Infrastructure;
using Ratchet.TrainerService.Infrastructure.Formats;
using Ratchet.TrainerService.Infrastructure.Http;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Infrastructure.Processes;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Telemetry;

namespace Ratchet.TrainerService;

/// <summary>What the trainer is made of.</summary>
internal static class TrainerServices
{
    private static readonly TimeSpan LoadTimeout = TimeSpan.FromMinutes(5);

    public static void AddTrainer(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddOptions<TrainerOptions>().BindConfiguration(TrainerOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TrainerOptions>, TrainerOptionsCheck>();
        services.AddOptions<BackendOptions>().BindConfiguration(BackendOptions.Section).PostConfigure(o => o.Validated()).ValidateOnStart();
        services.AddOptions<BaseModelOptions>().BindConfiguration(BaseModelOptions.Section);

        services.AddSingleton<TrainerDatabase>();
        services.AddSingleton(provider => provider.GetRequiredService<TrainerDatabase>().File);
        services.AddSingleton<EventLog>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<WorkerSlots>();

        services.AddSingleton<FileStore>();
        services.AddSingleton<FileUpload>();
        services.AddSingleton<BatchFile>();
        services.AddSingleton<AdapterStore>();
        services.AddSingleton<AliasStore>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<IFileUse>(provider => provider.GetRequiredService<JobStore>());
        services.AddSingleton<JobCommands>();
        services.AddSingleton<JobEventStream>();
        services.AddSingleton<JobPreparation>();
        services.AddSingleton<JobPublication>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<StartJob>();
        services.AddHostedService<JobQueue>();

        services.AddSingleton<EvaluationRun>();
        services.AddSingleton<EvaluationReporter>();
        services.AddSingleton<ExportRun>();
        services.AddSingleton<CycleStore>();
        services.AddSingleton<CycleStarter>();
        services.AddSingleton<CycleCommands>();
        services.AddSingleton<ContextGathering>();
        services.AddSingleton<ICycleStep, SealStep>();
        services.AddSingleton<ICycleStep, FileStep>();
        services.AddSingleton<ICycleStep, ContextsStep>();
        services.AddSingleton<ICycleStep, TrainStep>();
        services.AddSingleton<ICycleStep, EvaluateStep>();
        services.AddSingleton<ICycleStep, GateStep>();
        services.AddSingleton<ICycleStep, LoadStep>();
        services.AddSingleton<ICycleStep, PromoteStep>();
        services.AddSingleton<RedactedBatches>();
        services.AddHostedService<CycleRunner>();
        services.AddHostedService<CycleSchedule>();
        services.AddHostedService<ServedAdapters>();
        services.AddSingleton<TrainerTelemetry>();

        services.TryAddSingleton<WorkerProcess>();
        services.TryAddSingleton<ExternalTrainer>();
        services.TryAddSingleton<IWorkerRunner>(provider =>
            provider.GetRequiredService<IOptions<TrainerOptions>>().Value.Runner == TrainerOptions.ExternalRunner
                ? provider.GetRequiredService<ExternalTrainer>() : provider.GetRequiredService<WorkerProcess>());
        services.TryAddSingleton<IBaseModel, StoredBaseModel>();
        services.TryAddSingleton<IJobCapabilities>(provider => new ConfiguredCapabilities(
            provider.GetRequiredService<IOptions<TrainerOptions>>(), provider.GetRequiredService<IOptions<BackendOptions>>()));
        services.TryAddSingleton<IDatasetReader, UploadReader>();
        services.TryAddSingleton<IDatasetInfoReader, DatasetInfoReader>();
        services.TryAddSingleton<IKnowledge, RagKnowledge>();
        builder.AddServiceClient(RagKnowledge.ClientName, "http://rag", LoadTimeout);
        builder.AddEventSubscription("rag", provider =>
        {
            RedactedBatches redacted = provider.GetRequiredService<RedactedBatches>();
            return (record, _) => redacted.HandleAsync(record);
        });
        builder.AddEventPublication("trainer");
        builder.AddServingClient(LoadTimeout);
        services.TryAddSingleton<IAdapterServer, InferenceServer>();
    }

    public static void MapTrainer(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<TrainerTelemetry>();
        app.MapEvents();
        app.MapFiles();
        app.MapJobs();
        app.MapRegistry();
        app.MapExports();
        app.MapCycles();
    }
}
