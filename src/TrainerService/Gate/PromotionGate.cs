using System.Globalization;

namespace Ratchet.TrainerService.Gate;

/// <summary>A mean of paired differences and the interval that holds it.</summary>
public readonly record struct Interval(double Mean, double Low, double High);

/// <summary>What the gate looks at: candidate minus reference, both with retrieval, on documents that no example covers.</summary>
/// <param name="ExampleCount">Questions behind <paramref name="Nll"/>.</param>
/// <param name="Nll">NLL per answer token of the reference answer, in nats.</param>
/// <param name="WrittenCount">Questions behind <paramref name="TokenF1"/>.</param>
/// <param name="TokenF1">Token F1 of the written answers.</param>
/// <param name="ProbeCount">General questions behind <paramref name="Probe"/>.</param>
/// <param name="Probe">Change of the NLL per token on general questions, in nats.</param>
public sealed record GateEvidence(
    int ExampleCount, Interval Nll, int WrittenCount, Interval TokenF1, int ProbeCount, Interval Probe);

/// <summary>The verdict: promote, reject or inconclusive, always with reasons.</summary>
public sealed record GateDecision(string Verdict, IReadOnlyList<string> Reasons);

/// <summary>Decides whether a candidate may serve.</summary>
/// <remarks>
/// Promote: enough questions, upper bound of the NLL difference below 0, lower bound of the token-F1 difference above -0.02,
/// upper bound of the probe's change at most 0.08. Reject: lower bound of the NLL difference above 0, or lower bound of the
/// probe's change above 0.08. Else inconclusive. The numbers are those of <see cref="GateOptions"/>.
/// </remarks>
public static class PromotionGate
{
    public const string Promote = "promote";
    public const string Reject = "reject";
    public const string Inconclusive = "inconclusive";

    public static GateDecision Decide(GateEvidence evidence, GateOptions limits)
    {
        if (evidence.ExampleCount < limits.ExamplesMin)
        {
            return new GateDecision(
                Inconclusive,
                [
                    $"{evidence.ExampleCount} held-out questions on documents that no example covers; {limits.ExamplesMin} are "
                    + "needed for a decision. Add held-out examples, or pin documents to 'held_out'.",
                ]);
        }

        if (evidence.ProbeCount == 0)
        {
            return new GateDecision(
                Inconclusive, ["The probe holds no questions, so what general ability lost is unknown. Set Trainer:Probe."]);
        }

        var rejections = new List<string>();
        if (evidence.Nll.Low > limits.NllDifferenceMax)
        {
            rejections.Add(Nll(evidence, limits, "all of it above", "the answers became less likely"));
        }

        if (evidence.Probe.Low > limits.ProbeChangeMax)
        {
            rejections.Add(Probe(evidence, limits, "all of it above", "general ability lost more than its budget"));
        }

        if (rejections.Count > 0)
        {
            return new GateDecision(Reject, rejections);
        }

        bool nll = evidence.Nll.High < limits.NllDifferenceMax;
        bool f1 = evidence.WrittenCount >= limits.ExamplesMin && evidence.TokenF1.Low > limits.TokenF1DifferenceMin;
        bool probe = evidence.Probe.High <= limits.ProbeChangeMax;
        string[] reasons =
        [
            nll
                ? Nll(evidence, limits, "all of it below", "the answers became more likely")
                : Nll(evidence, limits, "not all of it below", "no gain is shown"),
            f1
                ? TokenF1(evidence, limits, "all of it above", "the written answers did not get worse")
                : evidence.WrittenCount < limits.ExamplesMin
                    ? $"{evidence.WrittenCount} answers were written; {limits.ExamplesMin} are needed for token F1."
                    : TokenF1(evidence, limits, "not all of it above", "the written answers may have got worse"),
            probe
                ? Probe(evidence, limits, "all of it within", "general ability stayed within its budget")
                : Probe(evidence, limits, "not all of it within", "general ability may have lost more than its budget"),
        ];
        return new GateDecision(nll && f1 && probe ? Promote : Inconclusive, reasons);
    }

    private static string Nll(GateEvidence evidence, GateOptions limits, string where, string meaning) => Sentence(
        "NLL per answer token", evidence.Nll, evidence.ExampleCount, limits.Confidence, where, limits.NllDifferenceMax, meaning);

    private static string TokenF1(GateEvidence evidence, GateOptions limits, string where, string meaning) => Sentence(
        "Token F1", evidence.TokenF1, evidence.WrittenCount, limits.Confidence, where, limits.TokenF1DifferenceMin, meaning);

    private static string Probe(GateEvidence evidence, GateOptions limits, string where, string meaning) => Sentence(
        "NLL per token on general questions", evidence.Probe, evidence.ProbeCount, limits.Confidence, where,
        limits.ProbeChangeMax, meaning);

    private static string Sentence(
        string what, Interval interval, int count, double confidence, string where, double limit, string meaning) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {interval.Mean:+0.000;-0.000} over {count} questions, {confidence * 100:0.#} % interval "
            + $"[{interval.Low:+0.000;-0.000}, {interval.High:+0.000;-0.000}], {where} {limit:0.###}: {meaning}.");
}
