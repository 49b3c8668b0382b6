using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Gate;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>What an evaluation is about.</summary>
/// <param name="StartedAt">Unix seconds.</param>
public sealed record EvaluationSubject(
    string Adapter, string? Champion, string Collection, string Batch, string Cycle, long StartedAt);

/// <summary>Turns scored answers into the report: arms, differences with intervals, the gate's verdict (F133).</summary>
public sealed class EvaluationReporter(IOptions<TrainerOptions> options, TimeProvider clock)
{
    private const string Candidate = "candidate";
    private const string Base = "base";
    private const string RetrievalSuffix = "+rag";

    private static readonly string[] Sets = [EvaluationSets.Uncovered, EvaluationSets.Covered, EvaluationSets.Uncounted];

    public EvaluationReport Make(EvaluationFolder folder, EvaluationSubject subject)
    {
        EvaluationWork work = folder.ReadWork();
        var scores = new ScoreTable(
            LineFile.Read<EvaluationItem>(folder.Items).Items, LineFile.Read<EvaluationResult>(folder.Results).Items);
        string reference = work.Models.Any(m => m.Role == "champion") ? "champion" : Base;
        ulong seed = SeedOf(subject.Batch);
        List<EvaluationDifference> differences = [.. Differences(scores, reference, seed)];
        EvaluationProbe probe = Probe(scores, seed);
        GateDecision decision = PromotionGate.Decide(Evidence(differences, probe), options.Value.Gate);
        return new EvaluationReport
        {
            Adapter = subject.Adapter,
            Champion = subject.Champion,
            BaseModel = work.ModelName,
            Collection = subject.Collection,
            Batch = subject.Batch,
            Cycle = subject.Cycle,
            CreatedAt = subject.StartedAt,
            FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            PromptVersion = GroundedPrompt.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Arms = [.. Arms(work, scores)],
            Differences = differences,
            Probe = probe,
            Verdict = decision.Verdict,
            Reasons = decision.Reasons,
            Pairs = [.. Pairs(scores, reference)],
            Encoder = work.EncoderPath is { } encoder && differences.Any(d => d.Metric == "bert_score")
                ? Path.GetFileNameWithoutExtension(encoder) : null,
            Labels = [.. Labels(work, scores)],
            Figures = Figures(scores),
        };
    }

    private IEnumerable<EvaluationDifference> Differences(ScoreTable scores, string reference, ulong seed)
    {
        foreach (string set in (string[])[EvaluationSets.Uncovered, EvaluationSets.Covered])
        {
            PairedDifferences grounded = scores.Differences(set, EvaluationModes.Grounded, Candidate, reference);
            yield return Difference("nll", set, RetrievalSuffix, reference, grounded.Nll, seed);
            yield return Difference("token_f1", set, RetrievalSuffix, reference, grounded.TokenF1, seed + 1);

            // Beside: what went into the weights, seen without passages; and what was written, by two measures more.
            PairedDifferences plain = scores.Differences(set, EvaluationModes.Plain, Candidate, reference);
            yield return Difference("nll", set, "", reference, plain.Nll, seed + 2);
            if (grounded.Bleu.Count > 0)
            {
                yield return Difference("bleu", set, RetrievalSuffix, reference, grounded.Bleu, seed + 4);
            }

            if (grounded.BertScore.Count > 0)
            {
                yield return Difference("bert_score", set, RetrievalSuffix, reference, grounded.BertScore, seed + 5);
            }
        }
    }

    private EvaluationDifference Difference(
        string metric, string set, string suffix, string reference, List<double> differences, ulong seed)
    {
        GateOptions gate = options.Value.Gate;
        Interval interval = Measures.Bootstrap([.. differences], gate.Rounds, gate.Confidence, seed);
        return new EvaluationDifference(
            metric, set, Candidate + suffix, reference + suffix, differences.Count, interval.Mean, interval.Low, interval.High,
            gate.Confidence, gate.Rounds, Decides: set == EvaluationSets.Uncovered && suffix.Length > 0 && metric is ("nll" or "token_f1"));
    }

    // General ability is compared with the base, not with the champion: else each generation could lose a little more.
    private EvaluationProbe Probe(ScoreTable scores, ulong seed)
    {
        IReadOnlyList<EvaluationResult> before = scores.Of(Base, EvaluationModes.Probe);
        IReadOnlyList<EvaluationResult> after = scores.Of(Candidate, EvaluationModes.Probe);
        double[] changes =
        [
            .. before.Join(after, b => b.Item, a => a.Item, (b, a) => a.MeanNll - b.MeanNll),
        ];
        GateOptions gate = options.Value.Gate;
        Interval interval = Measures.Bootstrap(changes, gate.Rounds, gate.Confidence, seed + 3);
        return new EvaluationProbe(
            changes.Length, Mean(before), Mean(after), interval.Mean, interval.Low, interval.High, gate.ProbeChangeMax);
    }

    private static GateEvidence Evidence(List<EvaluationDifference> differences, EvaluationProbe probe)
    {
        EvaluationDifference nll = differences.Single(d => d.Decides && d.Metric == "nll");
        EvaluationDifference f1 = differences.Single(d => d.Decides && d.Metric == "token_f1");
        return new GateEvidence(
            nll.ExampleCount,
            new Interval(nll.Mean, nll.Low, nll.High),
            f1.ExampleCount,
            new Interval(f1.Mean, f1.Low, f1.High),
            probe.ExampleCount,
            new Interval(probe.Change, probe.Low, probe.High));
    }

    private static IEnumerable<EvaluationArm> Arms(EvaluationWork work, ScoreTable scores)
    {
        foreach (string set in Sets)
        {
            foreach (EvaluatedModel model in work.Models)
            {
                foreach (string mode in (string[])[EvaluationModes.Plain, EvaluationModes.Grounded])
                {
                    IReadOnlyList<(EvaluationItem Item, EvaluationResult Result)> rows = scores.Rows(set, model.Role, mode);
                    if (rows.Count > 0)
                    {
                        yield return Arm(model, set, mode == EvaluationModes.Grounded, rows);
                    }
                }
            }
        }
    }

    private static EvaluationArm Arm(
        EvaluatedModel model, string set, bool retrieval, IReadOnlyList<(EvaluationItem Item, EvaluationResult Result)> rows)
    {
        List<(EvaluationItem Item, EvaluationResult Result)> written = [.. rows.Where(r => r.Result.Text is not null)];
        double[] seconds = [.. written.Select(r => r.Result.Seconds ?? 0).Order()];
        return new EvaluationArm(
            model.Role + (retrieval ? RetrievalSuffix : ""),
            model.Id,
            retrieval,
            set,
            rows.Count,
            rows.Average(r => r.Result.MeanNll),
            Math.Exp(rows.Sum(r => r.Result.Nll) / Math.Max(1, rows.Sum(r => r.Result.Tokens))),
            written.Count,
            Average(r => Measures.OverlapF1(r.Result.Text!, r.Item.Answer)),
            Average(r => Measures.Exact(r.Result.Text!, r.Item.Answer)),
            Average(r => Measures.RougeL(r.Result.Text!, r.Item.Answer)),
            Percentile(0.5),
            Percentile(0.95),
            written.Count == 0 ? null : Measures.CorpusBleu([.. written.Select(r => (r.Result.Text!, r.Item.Answer))]),
            written.Average(r => r.Result.BertScore));

        double? Average(Func<(EvaluationItem Item, EvaluationResult Result), double> measure) =>
            written.Count == 0 ? null : written.Average(measure);

        double? Percentile(double p) => seconds.Length == 0 ? null : seconds[(int)Math.Round(p * (seconds.Length - 1))];
    }

    private static IEnumerable<EvaluationLabels> Labels(EvaluationWork work, ScoreTable scores)
    {
        foreach (string set in Sets)
        {
            IReadOnlyList<string> labels = LabelScores.LabelsOf([.. scores.Items.Where(i => i.Set == set).Select(i => i.Answer)]);
            foreach (EvaluatedModel model in work.Models.Where(_ => labels.Count > 0))
            {
                (string, string)[] written =
                [
                    .. scores.Rows(set, model.Role, EvaluationModes.Grounded).Where(r => r.Result.Text is not null)
                        .Select(r => (r.Result.Text!, r.Item.Answer)),
                ];
                if (written.Length > 0)
                {
                    yield return LabelScores.Of(model.Role + RetrievalSuffix, set, labels, written);
                }
            }
        }
    }

    private IEnumerable<EvaluationPair> Pairs(ScoreTable scores, string reference)
    {
        foreach (string set in (string[])[EvaluationSets.Uncovered, EvaluationSets.Covered])
        {
            var before = scores.Of(reference, EvaluationModes.Grounded)
                .Where(r => r.Text is not null).ToDictionary(r => r.Item);
            foreach ((EvaluationItem item, EvaluationResult after) in scores
                .Rows(set, Candidate, EvaluationModes.Grounded)
                .Where(r => r.Result.Text is not null && before.ContainsKey(r.Item.Id))
                .Take(options.Value.Evaluation.PairCount / 2))
            {
                EvaluationResult old = before[item.Id];
                yield return new EvaluationPair(
                    item.Question, item.Answer, set, old.Text!, after.Text!, old.MeanNll, after.MeanNll,
                    Measures.OverlapF1(old.Text!, item.Answer), Measures.OverlapF1(after.Text!, item.Answer));
            }
        }
    }

    private static Dictionary<string, double> Figures(ScoreTable scores)
    {
        bool[] found = [.. scores.Items.Select(i => i.HasSource).OfType<bool>()];
        string[] written = [.. scores.Of(Candidate, EvaluationModes.Grounded).Select(r => r.Text).OfType<string>()];
        return new Dictionary<string, double>
        {
            ["questions"] = scores.Items.Count,
            ["source_found_share"] = found.Length == 0 ? 0 : (double)found.Count(f => f) / found.Length,
            ["scored_tokens"] = scores.TokenCount,
            ["empty_answers"] = written.Count(string.IsNullOrWhiteSpace),
            ["repeated_answers"] = written.Length - written.Distinct().Count(),
        };
    }

    private static double Mean(IReadOnlyList<EvaluationResult> results) =>
        results.Count == 0 ? 0 : results.Average(r => r.MeanNll);

    // DESIGN: the rounds of the bootstrap follow from the batch, so that an evaluation can be repeated to the digit.
    private static ulong SeedOf(string batch) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(batch)));
}
