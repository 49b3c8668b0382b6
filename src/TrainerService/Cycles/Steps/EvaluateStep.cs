using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Scores base, champion and candidate, each without and with retrieval, on the stored contexts (F12, F116).</summary>
public sealed class EvaluateStep(
    EvaluationRun run, AdapterStore adapters, AliasStore aliases, IBaseModel model, ServiceData data,
    IOptions<TrainerOptions> options) : ICycleStep
{
    public string Name => "evaluate";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        var folder = new CycleFolder(data, cycle.Id);
        var evaluation = new EvaluationFolder(folder.Evaluation);
        AliasRecord? alias = aliases.Find(options.Value.Cycles.Alias);

        // A champion of another base cannot be loaded beside the candidate; the base stands in.
        AdapterRecord? champion = alias is null ? null : adapters.Find(alias.Adapter);
        champion = champion?.BaseSha256 == model.Info.Sha256 ? champion : null;
        AdapterRecord candidate = adapters.Get(cycle.View.Adapter!);
        List<EvaluatedModel> models =
        [
            new("base", model.Info.Name, null, Writes: champion is null, Probed: true),
            .. champion is null ? [] : new[] { new EvaluatedModel("champion", champion.Id, champion.Path, true, false) },
            new("candidate", candidate.Id, candidate.Path, Writes: true, Probed: true),
        ];
        run.Prepare(evaluation, Items(folder), models, alias?.Version ?? 0);

        // What was prepared before a kill stands: the alias may have moved since.
        EvaluationWork work = evaluation.ReadWork();
        await run.RunAsync(evaluation, (done, total) => progress.Report(done, total), cancellation);
        return new CycleStepResult(
            $"{work.Models.Count} models scored without and with passages.",
            state => state with
            {
                AliasVersion = work.AliasVersion,
                View = state.View with { Champion = work.Models.FirstOrDefault(m => m.Role == "champion")?.Id },
            });
    }

    private List<EvaluationItem> Items(CycleFolder folder)
    {
        EvaluationOptions limits = options.Value.Evaluation;
        var items = new List<EvaluationItem>();
        foreach (IGrouping<string, HeldOutContext> set in LineFile.Read<HeldOutContext>(folder.HeldOutContexts).Items
            .DistinctBy(c => c.Example.Id).GroupBy(c => SetOf(c.Example)))
        {
            int written = set.Key switch
            {
                EvaluationSets.Uncovered => limits.WrittenUncovered,
                EvaluationSets.Covered => limits.WrittenCovered,
                _ => 0,
            };
            items.AddRange(set.OrderBy(c => Place(c.Example.Id), StringComparer.Ordinal).Take(limits.QuestionsMax)
                .Select((c, i) => Item(c, set.Key, i < written)));
        }

        return items;
    }

    private static EvaluationItem Item(HeldOutContext context, string set, bool written)
    {
        ExampleRecord example = context.Example;
        return new EvaluationItem(
            example.Id,
            set,
            example.Question,
            example.Answer,
            GroundedPrompt.Build(example.Question, [], []),
            GroundedPrompt.Build(example.Question, [], [.. context.Hits.Select(p => p.Chunk)]),
            written,
            example.DocumentKey is null && example.DocumentId is null ? null : context.Hits.Any(p => p.IsSource));
    }

    private static string SetOf(ExampleRecord example) => !example.Counted
        ? EvaluationSets.Uncounted
        : example.Covered ? EvaluationSets.Covered : EvaluationSets.Uncovered;

    private static string Place(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
