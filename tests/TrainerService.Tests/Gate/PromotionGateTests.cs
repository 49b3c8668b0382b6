using Ratchet.TrainerService.Gate;

namespace Ratchet.TrainerService.Tests.Gate;

/// <summary>The rule of promotion, case by case (F116, F121, F133).</summary>
public sealed class PromotionGateTests
{
    private static readonly GateOptions Limits = new();

    [Theory]
    [InlineData(120, -0.30, -0.40, -0.20, 0.00, -0.01, 0.02, 0.03, "promote")]
    [InlineData(100, -0.30, -0.40, -0.001, 0.00, -0.0199, 0.02, 0.08, "promote")]
    [InlineData(99, -0.30, -0.40, -0.20, 0.00, -0.01, 0.02, 0.03, "inconclusive")]
    [InlineData(10, -0.30, -0.40, -0.20, 0.00, -0.01, 0.02, 0.03, "inconclusive")]
    [InlineData(120, -0.10, -0.21, 0.00, 0.00, -0.01, 0.02, 0.03, "inconclusive")]
    [InlineData(120, -0.30, -0.40, -0.20, -0.05, -0.10, 0.02, 0.03, "inconclusive")]
    [InlineData(120, -0.30, -0.40, -0.20, 0.00, -0.02, 0.02, 0.03, "inconclusive")]
    [InlineData(120, -0.30, -0.40, -0.20, 0.00, -0.01, 0.02, 0.0801, "inconclusive")]
    [InlineData(120, 0.20, 0.01, 0.40, 0.10, 0.05, 0.02, 0.03, "reject")]
    [InlineData(120, -0.30, -0.40, -0.20, 0.10, 0.05, 0.09, 0.12, "reject")]
    [InlineData(50, 0.20, 0.01, 0.40, 0.10, 0.05, 0.09, 0.12, "inconclusive")]
    public void The_verdict_follows_the_rule(
        int count, double nll, double nllLow, double nllHigh, double f1, double f1Low, double probeLow, double probeHigh,
        string verdict)
    {
        var evidence = new GateEvidence(
            count, new Interval(nll, nllLow, nllHigh), 120, new Interval(f1, f1Low, f1 + 0.1),
            100, new Interval((probeLow + probeHigh) / 2, probeLow, probeHigh));

        GateDecision decision = PromotionGate.Decide(evidence, Limits);

        Assert.Equal(verdict, decision.Verdict);
        Assert.NotEmpty(decision.Reasons);
    }

    [Fact]
    public void Reasons_carry_the_numbers()
    {
        var evidence = new GateEvidence(
            120, new Interval(-0.3, -0.4, -0.2), 120, new Interval(0.05, 0.01, 0.09), 100, new Interval(0.02, 0.01, 0.03));

        GateDecision decision = PromotionGate.Decide(evidence, Limits);

        Assert.Equal(
            "NLL per answer token: -0.300 over 120 questions, 95 % interval [-0.400, -0.200], all of it below 0: the answers "
            + "became more likely.",
            decision.Reasons[0]);
        Assert.Equal(3, decision.Reasons.Count);
    }

    [Fact]
    public void Too_few_written_answers_do_not_promote()
    {
        var evidence = new GateEvidence(
            120, new Interval(-0.3, -0.4, -0.2), 40, new Interval(0.05, 0.01, 0.09), 100, new Interval(0.02, 0.01, 0.03));

        Assert.Equal("inconclusive", PromotionGate.Decide(evidence, Limits).Verdict);
    }

    [Fact]
    public void Without_a_probe_nothing_is_promoted()
    {
        var evidence = new GateEvidence(
            120, new Interval(-0.3, -0.4, -0.2), 120, new Interval(0.05, 0.01, 0.09), 0, default);

        Assert.Equal("inconclusive", PromotionGate.Decide(evidence, Limits).Verdict);
    }

    [Fact]
    public void Limits_are_settings()
    {
        var evidence = new GateEvidence(
            20, new Interval(-0.3, -0.4, -0.2), 20, new Interval(0, -0.1, 0.1), 20, new Interval(0.2, 0.15, 0.25));

        GateDecision decision = PromotionGate.Decide(
            evidence, new GateOptions { ExamplesMin = 20, TokenF1DifferenceMin = -0.2, ProbeChangeMax = 0.3 });

        Assert.Equal("promote", decision.Verdict);
    }
}
