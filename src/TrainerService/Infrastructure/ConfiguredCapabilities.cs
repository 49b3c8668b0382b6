using Microsoft.Extensions.Options;
using Ratchet.Engine.Torch;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure;

/// <summary>Says what the configured runner and backend cannot do.</summary>
/// <param name="runner">Trainer:Runner.</param>
/// <param name="backend">Engine:Backend; with "auto" only the worker finds out what there is.</param>
/// <param name="hasTorch">Whether the build has TorchSharp: without it the worker takes the managed engine.</param>
internal sealed class ConfiguredCapabilities(string runner, string backend, bool hasTorch) : IJobCapabilities
{
    public ConfiguredCapabilities(IOptions<TrainerOptions> trainer, IOptions<BackendOptions> engine)
        : this(trainer.Value.Runner, engine.Value.Backend, TorchRuntime.IsCompiledIn)
    {
    }

    public JobError? Refusal(JobSettings settings) => runner == TrainerOptions.ExternalRunner
        ? TrainingExport.Refusal(settings)
        : backend == BackendOptions.Torch && hasTorch ? SettingsRefusal.Of(settings, backend) : null;
}
