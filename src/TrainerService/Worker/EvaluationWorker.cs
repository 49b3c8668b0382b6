using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>Scores all arms of an evaluation; what is scored is kept, and a new worker goes on after it.</summary>
/// <param name="path">The evaluation's folder.</param>
/// <param name="leash">Tells when to leave.</param>
/// <param name="open">Opens the engine.</param>
/// <param name="compare">Opens the encoder that written answers are compared with; null for none.</param>
public sealed class EvaluationWorker(
    string path, WorkerLeash leash, Func<string, IModelEngine> open, Func<string, IAnswerComparer>? compare = null)
{
    private readonly EvaluationFolder _folder = new(path);

    /// <returns>The process's exit code.</returns>
    public int Run()
    {
        if (File.Exists(_folder.Finished))
        {
            return WorkerExit.Done;
        }

        EvaluationWork work = _folder.ReadWork();
        IReadOnlyList<EvaluationItem> items = LineFile.Read<EvaluationItem>(_folder.Items).Items;
        IReadOnlyList<ProbeItem> probe = LineFile.Read<ProbeItem>(_folder.Probe).Items;
        using FileStream results = LineFile.OpenForAppend(_folder.Results);
        HashSet<(string, string, string)> done =
            [.. LineFile.Read<EvaluationResult>(_folder.Results).Items.Select(r => (r.Role, r.Mode, r.Item))];
        using IModelEngine engine = open(work.ModelPath);
        using IAnswerComparer? comparer = work.EncoderPath is { } encoder ? compare?.Invoke(encoder) : null;
        foreach (EvaluatedModel model in work.Models)
        {
            List<Turn> turns = [.. Turns(work, model, items, probe).Where(t => !done.Contains((model.Role, t.Mode, t.Item)))];
            if (turns.Count == 0)
            {
                continue;
            }

            using IAnswerScorer scorer = engine.Score(model.Folder);
            foreach (Turn[] batch in turns.Chunk(work.BatchSize))
            {
                if (leash.StopRequested)
                {
                    return WorkerExit.Stopped;
                }

                IReadOnlyList<AnswerScore> scores = scorer.Score([.. batch.Select(t => t.Request)]);
                LineFile.Append(results, batch.Zip(scores, (turn, score) => new EvaluationResult(
                    model.Role, turn.Mode, turn.Item, score.NllSum, score.TokenCount, score.Written,
                    score.Written is null ? null : score.WriteSeconds,
                    score.Written is null ? null : comparer?.Compare(score.Written, turn.Request.Answer))));
                leash.Sign();
            }
        }

        JobFolder.Write(_folder.Finished, new { Items = items.Count, Probe = probe.Count });
        leash.Sign();
        return WorkerExit.Done;
    }

    // One mode after the other, so that prompts of a batch begin alike and writers stand together.
    private static IEnumerable<Turn> Turns(
        EvaluationWork work, EvaluatedModel model, IReadOnlyList<EvaluationItem> items, IReadOnlyList<ProbeItem> probe) =>
        items.Select(i => new Turn(EvaluationModes.Plain, i.Id, new AnswerRequest(i.Plain, i.Answer, 0)))
            .Concat(items.OrderBy(i => i.Written && model.Writes ? 0 : 1).Select(i => new Turn(
                EvaluationModes.Grounded, i.Id,
                new AnswerRequest(i.Grounded, i.Answer, i.Written && model.Writes ? work.WriteTokens : 0))))
            .Concat(probe.Where(_ => model.Probed).Select(p => new Turn(
                EvaluationModes.Probe, p.Id, new AnswerRequest(p.Prompt, p.Answer, 0))));

    private sealed record Turn(string Mode, string Item, AnswerRequest Request);
}
