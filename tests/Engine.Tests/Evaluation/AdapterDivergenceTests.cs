using Ratchet.Engine.Adapters;
using Ratchet.Engine.Evaluation;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>F135: how far an adapter is from its base, and that none is none.</summary>
public sealed unsafe class AdapterDivergenceTests
{
    // The kernel's probabilities are single precision; the reference here is double throughout.
    private const double Relative = 1e-4;

    private static readonly DivergencePrompt[] Prompts = [new([1, 5, 9, 33, 7], 2), new([.. Enumerable.Range(3, 40)], 3), new([4], 1)];

    private readonly DecoderModel _model = TinyModel.Create();

    [Fact]
    public void It_is_the_sum_of_the_formula_over_the_asked_positions()
    {
        using LoraAdapter adapter = Adapter(0.05f);
        using var runner = new DecoderRunner(_model, Precision.Float32, 16);
        double[] expected = [.. Prompts.SelectMany(prompt => Formula(adapter, prompt))];

        DivergenceScore score = AdapterDivergence.Of(runner, adapter, Prompts);

        Assert.Equal(6, score.PositionCount);
        Assert.Equal(expected.Average(), score.Mean, expected.Average() * Relative);
        Assert.Equal(expected.Max(), score.Max, expected.Max() * Relative);
        Assert.True(score.Mean > 1e-4);
    }

    [Fact]
    public void It_is_nothing_for_an_adapter_that_changes_nothing_and_small_for_a_small_one()
    {
        using LoraAdapter none = Adapter(0f);
        using LoraAdapter small = Adapter(1e-4f);
        using LoraAdapter twice = Adapter(2e-4f);
        using var runner = new DecoderRunner(_model, Precision.Float32, 64);

        Assert.Equal(0, AdapterDivergence.Of(runner, none, Prompts).Max);
        double one = AdapterDivergence.Of(runner, small, Prompts).Mean;

        // A divergence grows with the square of a small change.
        Assert.InRange(AdapterDivergence.Of(runner, twice, Prompts).Mean / one, 3.5, 4.5);
        Assert.InRange(one, 1e-12, 1e-5);
    }

    private LoraAdapter Adapter(float size)
    {
        var adapter = LoraAdapter.Create(_model, new LoraConfig { Rank = 4, Alpha = 8, TargetModules = [LoraConfig.AllLinear] }, seed: 3);
        var random = new Random(5);
        foreach (LoraLayer layer in adapter.Layers)
        {
            float* b = adapter.Parameters + layer.OffsetOfB;
            for (int i = 0; i < layer.Rank * layer.Outputs; i++)
            {
                b[i] = (random.NextSingle() - 0.5f) * size;
            }
        }

        return adapter;
    }

    private IEnumerable<double> Formula(LoraAdapter adapter, DivergencePrompt prompt)
    {
        double[][] tuned = LogProbabilities(adapter, prompt);
        double[][] plain = LogProbabilities(null, prompt);
        return tuned.Zip(plain, (q, p) => q.Zip(p, (a, b) => Math.Exp(a) * (a - b)).Sum());
    }

    private double[][] LogProbabilities(ILowRankAdapter? adapter, DivergencePrompt prompt)
    {
        using var runner = new DecoderRunner(_model, Precision.Float32, 64);
        using ISequenceCache cache = runner.CreateCache(64);
        runner.Forward([new SequencePiece(cache, prompt.Ids, adapter, LogitRows.All)]);
        return
        [
            .. Enumerable.Range(prompt.Ids.Length - prompt.Measured, prompt.Measured).Select(row =>
            {
                double[] logits = [.. runner.Logits(row).ToArray().Select(value => (double)value)];
                double sum = Math.Log(logits.Sum(Math.Exp));
                return logits.Select(value => value - sum).ToArray();
            }),
        ];
    }
}
