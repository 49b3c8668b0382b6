using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Events;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Cycles;

/// <summary>The saga from sealing to promotion, and what survives (F13, F110, F116, F120, F121).</summary>
public sealed class CycleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly FakeKnowledge _knowledge = new();
    private readonly string _probe = Path.Combine(Directory.CreateTempSubdirectory("probe-").FullName, "probe.jsonl");

    public CycleTests() => File.WriteAllBytes(_probe, TrainerHost.Chats(30, "general"));

    [Fact]
    public async Task A_better_candidate_is_promoted_with_its_evidence()
    {
        using TrainerHost host = Host();
        var client = new TrainerClient(host.CreateClient());

        CycleRecord started = await client.StartCycleAsync(new() { Collection = "house", Seed = 3, Suffix = "voice" });
        CycleRecord cycle = await EndAsync(client, started.Id);

        Assert.True(cycle.Status == "promoted", JsonSerializer.Serialize(cycle, WireJson.Options));
        Assert.Equal("running", started.Status);
        Assert.All(cycle.Steps, step => Assert.Equal("done", step.Status));
        Assert.All(cycle.Steps, step => Assert.NotNull(step.FinishedAt));
        AliasRecord alias = await client.GetAliasAsync("latest");
        Assert.Equal((cycle.Adapter, 1L), (alias.Adapter, alias.Version));
        Assert.Contains(cycle.Adapter!, host.Serving.Loaded);
        Assert.Contains(":voice:", cycle.Adapter!, StringComparison.Ordinal);
        Assert.StartsWith("file-", cycle.TrainingFile, StringComparison.Ordinal);
        Assert.Equal(cycle.Batch![6..], cycle.TrainingFile![5..]);

        AdapterRecord adapter = await client.GetAdapterAsync(cycle.Adapter!);
        Assert.Equal("promote", adapter.Verdict);
        Assert.Equal((cycle.Id, cycle.Batch), (adapter.Cycle, adapter.Batch));
        Assert.Equal([cycle.Batch!], adapter.Lineage.Batches);

        EvaluationReport report = await client.GetEvaluationAsync(cycle.Adapter!);
        Assert.Equal("promote", report.Verdict);
        Assert.Equal(3, report.Reasons.Count);
        Assert.Equal(
            ["base", "base+rag", "candidate", "candidate+rag"],
            report.Arms.Where(a => a.Set == "uncovered").Select(a => a.Name).Order(StringComparer.Ordinal));
        EvaluationDifference deciding = report.Differences.Single(d => d.Decides && d.Metric == "nll");
        Assert.Equal((120, "candidate+rag", "base+rag"), (deciding.ExampleCount, deciding.Candidate, deciding.Reference));
        Assert.InRange(deciding.Mean, -0.5001, -0.4999);
        Assert.Equal(120, report.Arms.Single(a => a is { Name: "candidate+rag", Set: "uncovered" }).WrittenCount);
        Assert.Equal(40, report.Arms.Single(a => a is { Name: "candidate+rag", Set: "covered" }).WrittenCount);
        Assert.Equal(0, report.Arms.Single(a => a is { Name: "candidate", Set: "uncovered" }).WrittenCount);
        Assert.Contains(report.Arms, a => a.Set == "uncounted");
        Assert.Equal(30, report.Probe.ExampleCount);
        Assert.NotEmpty(report.Pairs);
        Assert.Equal(
            ["cycle.started", "batch"],
            [host.Get<EventLog>().Read(0).First(e => e.Type.StartsWith("cycle", StringComparison.Ordinal)).Type, "batch"]);
        Assert.Contains(host.Get<EventLog>().Read(0), e => e.Type == "cycle.promoted");
    }

    [Fact]
    public async Task The_second_cycle_meets_the_champion_and_replays_the_first_batch()
    {
        using TrainerHost host = Host();
        var client = new TrainerClient(host.CreateClient());
        CycleRecord first = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        CycleRecord second = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        // Equal to the champion: nothing is shown, and the alias stays.
        Assert.Equal("inconclusive", second.Status);
        Assert.Equal(first.Adapter, second.Champion);
        Assert.Equal(["skipped", "skipped"], second.Steps.TakeLast(2).Select(s => s.Status));
        AdapterRecord adapter = await client.GetAdapterAsync(second.Adapter!);
        Assert.Equal([second.Batch!, first.Batch!], adapter.Lineage.Batches);
        Assert.True(adapter.Lineage.ReplayExamples > 0);
        Assert.Equal(first.Adapter, (await client.GetAliasAsync("latest")).Adapter);
        Assert.Equal(6, (await client.GetEvaluationAsync(second.Adapter!)).Arms.Count(a => a.Set == "uncovered"));
    }

    [Fact]
    public async Task A_person_may_overrule_the_gate_and_that_is_kept()
    {
        using TrainerHost host = Host(new FakeEngineSettings { CandidateGain = -0.3 });
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);
        AliasRecord alias = await client.MoveAliasAsync(
            "latest", new() { Adapter = cycle.Adapter!, ExpectedVersion = 0, Reason = "we want it", Actor = "ann" });

        Assert.Equal("rejected", cycle.Status);
        Assert.Equal("reject", cycle.Verdict);
        Assert.True(alias.History[0].Overruled);
        Assert.Equal(("ann", "we want it"), (alias.History[0].Actor, alias.History[0].Reason));
    }

    [Theory]
    [InlineData(0.5, 0.3, 120, "rejected")]
    [InlineData(0.5, 0.0, 60, "inconclusive")]
    public async Task Lost_ability_and_few_questions_do_not_promote(double gain, double probeLoss, int questions, string status)
    {
        using TrainerHost host = Host(new FakeEngineSettings { CandidateGain = gain, ProbeLoss = probeLoss });
        _knowledge.UncoveredCount = questions;
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        Assert.Equal(status, cycle.Status);
        Assert.Empty((await client.ListAliasesAsync()).Data);
    }

    [Theory]
    [InlineData("seal")]
    [InlineData("file")]
    [InlineData("contexts")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("gate")]
    [InlineData("load")]
    [InlineData("promote")]
    public async Task A_cycle_goes_on_in_the_next_service_after_a_kill_at_any_step(string step)
    {
        string folder;
        string id;
        var point = new KillPoint(step);
        using (TrainerHost host = Host(more: services => services.AddSingleton(point)))
        {
            folder = host.Folder;
            var client = new TrainerClient(host.CreateClient());
            id = (await client.StartCycleAsync(new() { Collection = "house", Seed = 1 })).Id;
            await point.Reached.WaitAsync(Patience);
        }

        using TrainerHost next = Host(folder: folder);
        var again = new TrainerClient(next.CreateClient());
        CycleRecord cycle = await EndAsync(again, id);

        Assert.True(cycle.Status == "promoted", JsonSerializer.Serialize(cycle, WireJson.Options));
        Assert.Equal(1, _knowledge.SealCount);
        Assert.Single(next.Get<JobStore>().List());
        Assert.Equal(1, (await again.GetAliasAsync("latest")).Version);
        Assert.Single(next.Get<AdapterStore>().List(), a => a.CheckpointStep is null);

        // One search a question, and at most one more for the line that a kill may cut.
        Assert.InRange(_knowledge.SearchCount, 231, 232);
    }

    [Fact]
    public async Task A_service_that_is_away_is_waited_for()
    {
        using TrainerHost host = Host();
        _knowledge.FailAt[1] = new HttpRequestException("connection refused");
        _knowledge.FailAt[20] = new RagRequestException(503, "busy", "busy");
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        Assert.Equal("promoted", cycle.Status);
    }

    [Fact]
    public async Task A_batch_without_examples_fails_with_its_reason()
    {
        using TrainerHost host = Host();
        _knowledge.ExampleCount = 0;
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        Assert.Equal(("failed", "no_examples", "seal"), (cycle.Status, cycle.Error!.Code, cycle.Error.Step));
    }

    [Fact]
    public async Task A_worker_that_dies_while_scoring_loses_no_score()
    {
        var engine = new FakeEngineSettings();
        engine.DieAfterBatches.Enqueue(5);
        using TrainerHost host = Host(engine);
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        Assert.Equal("promoted", cycle.Status);
        string[] results = File.ReadAllLines(Path.Combine(host.Folder, "trainer", "cycles", cycle.Id, "evaluation", "results.jsonl"));
        Assert.Equal((171 * 4) + 60, results.Length);
        Assert.Equal(results.Length, results.Distinct().Count());
    }

    [Fact]
    public async Task A_cycle_is_paused_resumed_and_cancelled()
    {
        using TrainerHost host = Host(new FakeEngineSettings { StepTime = TimeSpan.FromMilliseconds(50) });
        var client = new TrainerClient(host.CreateClient());
        string id = (await client.StartCycleAsync(new() { Collection = "house", Training = new() { MaxSteps = 1000 } })).Id;
        await WhileAsync(client, id, c => c.Step != "train" || c.Steps[3].Done is null or 0);
        TrainerException twice = await Assert.ThrowsAsync<TrainerException>(() => client.StartCycleAsync(new() { Collection = "house" }));

        CycleRecord paused = await client.PauseCycleAsync(id);
        JobRecord job = Assert.Single(host.Get<JobStore>().List());
        CycleRecord resumed = await client.ResumeCycleAsync(id);
        await WhileAsync(client, id, c => c.Steps[3].Done < 5);
        CycleRecord cancelled = await client.CancelCycleAsync(id);
        TrainerException late = await Assert.ThrowsAsync<TrainerException>(() => client.ResumeCycleAsync(id));

        Assert.Equal("cycle_running", twice.Code);
        Assert.Equal(("paused", "paused"), (paused.Status, job.Status));
        Assert.Equal("running", resumed.Status);
        Assert.Equal("cancelled", cancelled.Status);
        Assert.Equal("cancelled", host.Get<JobStore>().Get(job.Id).Status);
        Assert.Equal("invalid_cycle_status", late.Code);
    }

    [Fact]
    public async Task An_alias_that_was_moved_meanwhile_is_left_alone()
    {
        var point = new KillPoint("load") { Holds = false };
        using TrainerHost host = Host(more: services => services.AddSingleton(point));
        point.At = () => host.Get<AliasStore>().Move("latest", "smollm2-135m-instruct", 0, "set", null, "ann", overruled: false);
        var client = new TrainerClient(host.CreateClient());

        CycleRecord cycle = await EndAsync(client, (await client.StartCycleAsync(new() { Collection = "house" })).Id);

        Assert.Equal("inconclusive", cycle.Status);
        Assert.Equal("smollm2-135m-instruct", (await client.GetAliasAsync("latest")).Adapter);
    }

    [Theory]
    [InlineData("""[]""", 400)]
    [InlineData("""{}""", 400)]
    [InlineData("""{"collection":7}""", 400)]
    [InlineData("""{"collection":"house","seed":"x"}""", 400)]
    [InlineData("""{"collection":"house","training":{"rank":0}}""", 400)]
    public async Task A_wrong_start_is_refused(string body, int status)
    {
        using TrainerHost host = Host();
        using var content = new StringContent(body, null, "application/json");

        JsonElement answer = await TrainerHost.JsonAsync(await host.CreateClient().PostAsync("/v1/cycles", content), status);

        Assert.NotEmpty(answer.GetProperty("error").GetProperty("message").GetString()!);
        await TrainerHost.JsonAsync(await host.CreateClient().GetAsync("/v1/cycles/cycle-none"), 404);
    }

    [Fact]
    public async Task Enough_examples_start_a_cycle()
    {
        using TrainerHost host = Host(settings: new()
        {
            ["Trainer:Cycles:Collections:0"] = "house",
            ["Trainer:Cycles:ExamplesMin"] = "50",
            ["Trainer:Cycles:LookEvery"] = "00:00:00.2",
        });
        var client = new TrainerClient(host.CreateClient());
        await Task.Delay(500);
        int before = (await client.ListCyclesAsync()).Data.Count;

        _knowledge.ReadyToSeal = 50;
        using var limit = new CancellationTokenSource(Patience);
        while ((await client.ListCyclesAsync(limit.Token)).Data.Count == 0)
        {
            await Task.Delay(50, limit.Token);
        }

        _knowledge.ReadyToSeal = 0;
        CycleRecord cycle = (await client.ListCyclesAsync()).Data[0];
        Assert.Equal(0, before);
        Assert.Equal("threshold", cycle.Trigger);
        Assert.Contains("50", cycle.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clock_starts_a_cycle_once_a_turn()
    {
        using TrainerHost host = Host(settings: new()
        {
            ["Trainer:Cycles:Collections:0"] = "house",
            ["Trainer:Cycles:Cron"] = "0/1 * * * * ?",
            ["Trainer:Cycles:LookEvery"] = "00:00:00.2",
        });
        var client = new TrainerClient(host.CreateClient());

        using var limit = new CancellationTokenSource(Patience);
        while ((await client.ListCyclesAsync(limit.Token)).Data.Count == 0)
        {
            await Task.Delay(50, limit.Token);
        }

        Assert.Equal("schedule", (await client.ListCyclesAsync()).Data[^1].Trigger);
    }

    [Fact]
    public void A_cron_that_cannot_be_read_stops_the_start()
    {
        using TrainerHost host = Host(settings: new() { ["Trainer:Cycles:Cron"] = "every day" });

        Exception e = Assert.ThrowsAny<Exception>(() => host.CreateClient());

        Assert.Contains("Trainer:Cycles:Cron", e.ToString(), StringComparison.Ordinal);
    }

    private TrainerHost Host(
        FakeEngineSettings? engine = null, string? folder = null, Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? more = null)
    {
        var host = new TrainerHost(folder, engine)
        {
            More = services =>
            {
                services.RemoveAll<IKnowledge>();
                services.AddSingleton<IKnowledge>(_knowledge);
                more?.Invoke(services);
                if (more is not null)
                {
                    Wrap(services);
                }
            },
        };
        host.Settings["Trainer:Probe"] = _probe;
        host.Settings["Trainer:Gate:Rounds"] = "500";
        foreach (KeyValuePair<string, string?> pair in settings ?? [])
        {
            host.Settings[pair.Key] = pair.Value;
        }

        return host;
    }

    private static void Wrap(IServiceCollection services)
    {
        foreach (ServiceDescriptor step in services.Where(d => d.ServiceType == typeof(ICycleStep)).ToList())
        {
            services.Remove(step);
            services.AddSingleton<ICycleStep>(provider => new WatchedStep(
                (ICycleStep)ActivatorUtilities.CreateInstance(provider, step.ImplementationType!),
                provider.GetRequiredService<KillPoint>()));
        }
    }

    private static async Task<CycleRecord> EndAsync(TrainerClient client, string id)
    {
        await WhileAsync(client, id, c => !c.IsFinished);
        return await client.GetCycleAsync(id);
    }

    private static async Task WhileAsync(TrainerClient client, string id, Func<CycleRecord, bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (condition(await client.GetCycleAsync(id, limit.Token)))
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
