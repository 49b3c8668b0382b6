using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.External;

/// <summary>A cycle whose training is done outside; everything before and after it is as always.</summary>
public sealed class ExternalCycleTests
{
    [Theory]
    [InlineData(0.5, "promoted")]
    [InlineData(-0.3, "rejected")]
    public async Task An_adapter_from_outside_goes_through_the_same_evaluation_and_gate(double gain, string status)
    {
        var engine = new FakeEngineSettings { CandidateGain = gain };
        using TrainerHost host = new(engine: engine)
        {
            More = services =>
            {
                services.AddSingleton<IKnowledge>(new FakeKnowledge());
                services.RemoveAll<IBaseModel>();
                services.AddSingleton<IBaseModel, StoredBaseModel>();
                services.RemoveAll<IWorkerRunner>();
                services.AddSingleton<IWorkerRunner>(provider => new JobsOutside(
                    provider.GetRequiredService<ExternalTrainer>(), new InProcessWorkers(engine)));
            },
        };
        string probe = Path.Combine(Directory.CreateTempSubdirectory("probe-").FullName, "probe.jsonl");
        File.WriteAllBytes(probe, TrainerHost.Chats(30, "general"));
        host.Settings["Trainer:Probe"] = probe;
        host.Settings["Trainer:Gate:Rounds"] = "500";
        ExternalHost.Apply(host, "ok");
        var client = new TrainerClient(host.CreateClient());

        string id = (await client.StartCycleAsync(new()
        {
            Collection = "house",
            Seed = 3,
            Training = new() { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "v_proj"], MaxSteps = 4 },
        })).Id;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        CycleRecord cycle;
        do
        {
            await Task.Delay(100, limit.Token);
            cycle = await client.GetCycleAsync(id, limit.Token);
        }
        while (cycle.Status == "running");

        Assert.True(cycle.Status == status, JsonSerializer.Serialize(cycle, WireJson.Options));
        AdapterRecord adapter = await client.GetAdapterAsync(cycle.Adapter!);
        Assert.Equal((cycle.Id, 4, cycle.Verdict), (adapter.Cycle, adapter.Rank, adapter.Verdict));
        Assert.True(File.Exists(Path.Combine(adapter.Path, "adapter_model.safetensors")));
        string samples = Path.Combine(host.Folder, "trainer", "jobs", cycle.Job!, "data", "train.jsonl");
        string prompt = JsonElement.Parse(File.ReadLines(samples).First()).GetProperty("messages")[0].GetProperty("content").GetString()!;
        Assert.Contains(GroundedPrompt.Build("Q?", [], [])[0].Content[..20], prompt, StringComparison.Ordinal);
    }

    private sealed class JobsOutside(IWorkerRunner outside, IWorkerRunner inside) : IWorkerRunner
    {
        public Task<WorkerExit> RunAsync(
            string kind, string folder, Func<Task> onSign, CancellationToken leave, CancellationToken kill) =>
            (kind == "job" ? outside : inside).RunAsync(kind, folder, onSign, leave, kill);
    }
}
