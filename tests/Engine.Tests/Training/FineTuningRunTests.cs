using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Tests.Training;

public sealed class FineTuningRunTests : IDisposable
{
    private static readonly LoraConfig Lora = new() { Rank = 4, Alpha = 8, TargetModules = [LoraConfig.AllLinear] };

    private readonly DecoderModel _model = TinyModel.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-run-").FullName;

    private static TrainingConfig Config => new()
    {
        SequencesPerBatch = 4,
        Epochs = 2,
        Optimizer = new AdamWConfig { LearningRate = 2e-3f, WeightDecay = 0.01f },
        WarmupSteps = 2,
        Seed = 7,
    };

    // F141: one batch of eight and eight batches of one are the same step, also the smaller one that ends an epoch.
    [Fact]
    public void Batches_of_a_step_share_one_mean_over_its_targets()
    {
        TrainingSample[] samples = Samples(11);
        double[] together = Losses(Config with { SequencesPerBatch = 8, BatchesPerStep = 1 }, samples);
        double[] oneByOne = Losses(Config with { SequencesPerBatch = 1, BatchesPerStep = 8 }, samples);
        Assert.Equal(4, together.Length);
        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(together[i], oneByOne[i], 1e-5);
        }
    }

    // F142: attention and positions restart with each sample of a row.
    [Fact]
    public void Packed_samples_have_the_loss_they_have_alone()
    {
        TrainingSample[] samples = Samples(9);
        using var run = FineTuningRun.Start(_model, Lora, Config, samples);
        using var alone = FineTuningRun.Start(_model, Lora, Config with { TokensPerPass = 1 }, samples);
        CancellationToken none = TestContext.Current.CancellationToken;
        Assert.Equal(alone.Evaluate(samples, none), run.Evaluate(samples, none), 1e-6);
        Assert.Equal(alone.Step(none).Loss, run.Step(none).Loss, 1e-6);
        Assert.Equal(alone.Step(none).GradientNorm, run.Step(none).GradientNorm, 1e-5);
    }

    // F142: computed once for all that begin with them, tokens give the steps that they give when each sample is computed whole.
    [Fact]
    public void Shared_beginnings_change_no_step()
    {
        TrainingSample[] samples = Data.PrefixSharingTests.Samples(new Random(4), 12, 3, 20);
        CancellationToken none = TestContext.Current.CancellationToken;
        using var shared = FineTuningRun.Start(_model, Lora, Config with { Epochs = 3 }, samples);
        using var whole = FineTuningRun.Start(_model, Lora, Config with { Epochs = 3, PrefixSharing = false }, samples);
        while (!whole.IsFinished)
        {
            (StepResult one, StepResult other) = (whole.Step(none), shared.Step(none));
            Assert.Equal(one.Loss, other.Loss, 1e-5);
            Assert.Equal(one.GradientNorm, other.GradientNorm, 1e-4);
            Assert.Equal((one.TokenCount, one.TargetCount), (other.TokenCount, other.TargetCount));
        }

        Assert.Equal(whole.Evaluate(samples, none), shared.Evaluate(samples, none), 1e-5);
    }

    // A mask of dropout belongs to one sample, so nothing is shared then: the option moves no bit.
    [Fact]
    public void With_dropout_nothing_is_shared()
    {
        LoraConfig lora = Lora with { Dropout = 0.2f };
        TrainingSample[] samples = Data.PrefixSharingTests.Samples(new Random(4), 8, 3, 20);
        CancellationToken none = TestContext.Current.CancellationToken;
        using var asked = FineTuningRun.Start(_model, lora, Config, samples);
        using var whole = FineTuningRun.Start(_model, lora, Config with { PrefixSharing = false }, samples);
        while (!whole.IsFinished)
        {
            (StepResult one, StepResult other) = (whole.Step(none), asked.Step(none));
            Assert.Equal((one.Loss, one.GradientNorm), (other.Loss, other.GradientNorm));
        }
    }

    [Fact]
    public void What_a_backend_cannot_do_is_refused_before_the_first_step()
    {
        TrainingSample[] samples = Samples(4);
        int length = _model.Config.ContextLength;
        using var backend = new PlainBackend(new ManagedTrainingBackend(_model, LoraAdapter.Create(_model, Lora, 1), 64, 1 << 20));

        InvalidConfigException smoothing = Assert.Throws<InvalidConfigException>(
            () => new FineTuningRun(backend, Config with { LabelSmoothing = 0.1f }, samples, length));
        InvalidConfigException pairs = Assert.Throws<InvalidConfigException>(
            () => new FineTuningRun(backend, Config, [new PreferencePair(samples[0], samples[1])], length));

        Assert.Contains("LabelSmoothing is 0.1", smoothing.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(PlainBackend), smoothing.Message, StringComparison.Ordinal);
        Assert.Contains("pairs (DPO)", pairs.Message, StringComparison.Ordinal);
        Assert.Equal(0, new FineTuningRun(backend, Config, samples, length).StepsDone);
    }

    // F143: the same bits as the run that was never stopped, with dropout, with shared beginnings, and in the middle of an epoch.
    [Theory]
    [InlineData(1, 0.1f)]
    [InlineData(3, 0.1f)]
    [InlineData(3, 0f)]
    public void A_resumed_run_takes_the_same_steps_bit_for_bit(int stopAfter, float dropout)
    {
        LoraConfig lora = Lora with { Dropout = dropout };
        TrainingSample[] samples = Samples(10);
        CancellationToken none = TestContext.Current.CancellationToken;
        using var straight = FineTuningRun.Start(_model, lora, Config, samples);
        var expected = new List<(double, double)>();
        while (!straight.IsFinished)
        {
            StepResult step = straight.Step(none);
            expected.Add((step.Loss, step.GradientNorm));
        }

        string checkpoint = Path.Combine(_folder, "checkpoint");
        var actual = new List<(double, double)>();
        using (var first = FineTuningRun.Start(_model, lora, Config, samples))
        {
            first.SaveCheckpoint(checkpoint);
            for (int i = 0; i < stopAfter; i++)
            {
                StepResult step = first.Step(none);
                actual.Add((step.Loss, step.GradientNorm));
            }

            first.SaveCheckpoint(checkpoint);
        }

        using var resumed = FineTuningRun.Resume(_model, lora, Config, samples, checkpoint);
        Assert.Equal(stopAfter, resumed.StepsDone);
        while (!resumed.IsFinished)
        {
            StepResult step = resumed.Step(none);
            actual.Add((step.Loss, step.GradientNorm));
        }

        Assert.Equal(expected, actual);
        Assert.Equal(Bytes(straight.Adapter, "a"), Bytes(resumed.Adapter, "b"));
        Assert.Equal([checkpoint], Directory.GetDirectories(_folder).Where(f => f.Contains("checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_checkpoint_of_other_settings_or_samples_is_refused()
    {
        TrainingSample[] samples = Samples(6);
        string checkpoint = Path.Combine(_folder, "checkpoint");
        using (var run = FineTuningRun.Start(_model, Lora, Config, samples))
        {
            run.SaveCheckpoint(checkpoint);
        }

        Assert.Throws<CheckpointException>(() => FineTuningRun.Resume(_model, Lora, Config with { WarmupSteps = 3 }, samples, checkpoint));
        Assert.Throws<CheckpointException>(() => FineTuningRun.Resume(_model, Lora, Config, samples[1..], checkpoint));
        File.Delete(Path.Combine(checkpoint, "state.json"));
        Assert.Throws<CheckpointException>(() => FineTuningRun.Resume(_model, Lora, Config, samples, checkpoint));
    }

    // F4: an adapter that has learnt nothing changes nothing. F86: one that was saved gives the same logits again.
    [Fact]
    public void An_adapter_starts_as_nothing_learns_and_survives_its_files()
    {
        TrainingSample[] samples = Samples(8);
        CancellationToken none = TestContext.Current.CancellationToken;
        using var run = FineTuningRun.Start(_model, Lora, Config with { Epochs = 10, WarmupSteps = 0 }, samples);
        Assert.Equal(Logits(null), Logits(run.Adapter));
        Assert.All(run.Adapter.UpdateNorms(), n => Assert.Equal(0, n.Norm));
        double before = run.Evaluate(samples, none);
        while (!run.IsFinished)
        {
            run.Step(none);
        }

        Assert.True(run.Evaluate(samples, none) < before - 0.1);

        // F135: training that did nothing would show here.
        Assert.All(run.Adapter.UpdateNorms(), n => Assert.True(n.Norm > 0));
        float[] attached = Logits(run.Adapter);
        run.Adapter.Save(_folder, "tiny");
        using var loaded = LoraAdapter.Load(_folder, _model);
        Assert.Equal(attached, Logits(loaded));

        // Merged against attached: the same sums in another order.
        float[] basis = Logits(null);
        using (MergedAdapter merged = run.Adapter.MergeInto(_model))
        {
            Ratchet.TestKit.TensorAssert.Close(attached, Logits(null), 1e-4f, 0f, "merged");
            Assert.All(merged.Changes, c => Assert.True(c.LargestChange > 0));
        }

        Assert.Equal(basis, Logits(null));
    }

    // F140: the end of turn is a target like any other, though its id is also the padding's.
    [Fact]
    public void A_model_learns_to_stop()
    {
        const int End = 2;
        TrainingSample[] samples = [.. Enumerable.Range(0, 6).Select(i => new TrainingSample([5 + i, 9, 20, End], [false, false, true, true]))];
        using var run = FineTuningRun.Start(
            _model, Lora with { Rank = 8, Alpha = 32 }, Config with { Epochs = 60, Optimizer = new AdamWConfig { LearningRate = 1e-2f } }, samples);
        while (!run.IsFinished)
        {
            run.Step(TestContext.Current.CancellationToken);
        }

        using var runner = new DecoderRunner(_model, Precision.Float32, 16);
        using ISequenceCache cache = runner.CreateCache(16);
        runner.Forward([new SequencePiece(cache, new[] { 7, 9, 20 }, run.Adapter)]);
        Assert.Equal(End, System.Numerics.Tensors.TensorPrimitives.IndexOfMax(runner.Logits(0)));
    }

    // F6: the base stays in its blocks.
    [Fact]
    public void A_quantised_base_is_trained_on_as_it_is()
    {
        using DecoderModel quantised = TinyModel.Create(type: ElementType.Q8_0);
        using var run = FineTuningRun.Start(quantised, Lora, Config, Samples(8));
        while (!run.IsFinished)
        {
            Assert.True(double.IsFinite(run.Step(TestContext.Current.CancellationToken).Loss));
        }

        Assert.True(quantised.ByteLength < _model.ByteLength / 3);
    }

    [Fact]
    public void Thread_count_changes_no_bit()
    {
        int threads = RowLoop.ThreadCount;
        try
        {
            TrainingSample[] samples = Samples(8);
            RowLoop.ThreadCount = 1;
            double[] one = Losses(Config, samples);
            RowLoop.ThreadCount = 3;
            Assert.Equal(one, Losses(Config, samples));
        }
        finally
        {
            RowLoop.ThreadCount = threads;
        }
    }

    [Fact]
    public void Samples_that_cannot_be_trained_on_are_refused_with_their_place()
    {
        TrainingSample[] samples = Samples(3);
        Assert.Throws<InvalidConfigException>(() => FineTuningRun.Start(_model, Lora, Config, []));
        var tooLong = new TrainingSample(new int[129], [.. Enumerable.Repeat(true, 129)]);
        var fault = Assert.Throws<InvalidConfigException>(() => FineTuningRun.Start(_model, Lora, Config, [.. samples, tooLong]));
        Assert.Contains("Sample 3", fault.Message, StringComparison.Ordinal);
        var without = new TrainingSample([1, 2], [true, false]);
        Assert.Throws<InvalidConfigException>(() => FineTuningRun.Start(_model, Lora, Config, [without]));
        Assert.Throws<InvalidConfigException>(() => FineTuningRun.Start(_model, Lora with { TargetModules = ["no_proj"] }, Config, samples));
    }

    // Every number of the adapter against central differences of the evaluation's loss.
    [Theory]
    [InlineData(1L)]
    [InlineData(1L << 30)]
    public unsafe void Gradients_agree_with_central_differences(long activationBytesMax)
    {
        using var adapter = LoraAdapter.Create(_model, Lora with { Rank = 2 }, seed: 3);
        var random = new Random(3);
        var parameters = new Span<float>(adapter.Parameters, adapter.ParameterCount);
        foreach (ref float value in parameters)
        {
            value += (random.NextSingle() - 0.5f) * 0.3f;
        }

        using var pass = new TrainingPass(_model, adapter, null, 64, activationBytesMax);
        var row = PackedRow.LayOut(Samples(3));
        int targets = row.TargetCount;
        pass.ForwardBackward(row, 1f / targets, dropoutKey: 0);
        float[] gradients = new Span<float>(pass.Gradients, adapter.ParameterCount).ToArray();
        for (int at = 0; at < adapter.ParameterCount; at += 7)
        {
            CentralDifference.Holds(adapter, at, gradients[at], () => pass.Forward(row) / targets, step: 1e-2f, tolerance: 2e-3f);
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private double[] Losses(TrainingConfig config, TrainingSample[] samples)
    {
        using var run = FineTuningRun.Start(_model, Lora, config, samples);
        var losses = new List<double>();
        while (!run.IsFinished)
        {
            losses.Add(run.Step(TestContext.Current.CancellationToken).Loss);
        }

        return [.. losses];
    }

    private float[] Logits(LoraAdapter? adapter)
    {
        using var runner = new DecoderRunner(_model, Precision.Float32, 16);
        using ISequenceCache cache = runner.CreateCache(16);
        runner.Forward([new SequencePiece(cache, new[] { 3, 14, 15, 92, 65 }, adapter)]);
        return runner.Logits(0).ToArray();
    }

    private byte[] Bytes(LoraAdapter adapter, string name)
    {
        string folder = Path.Combine(_folder, name);
        adapter.Save(folder);
        return File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors"));
    }

    private static TrainingSample[] Samples(int count)
    {
        var random = new Random(5);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                int length = 4 + random.Next(14);
                int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(TinyModel.Vocabulary))];
                return new TrainingSample(ids, [.. Enumerable.Range(0, length).Select(t => t >= length / 2)]);
            }),
        ];
    }

    /// <summary>Supervised samples and nothing else, as a backend may be that has not got everything.</summary>
    private sealed class PlainBackend(ManagedTrainingBackend inner) : ITrainingBackend
    {
        public LoraAdapter Adapter => inner.Adapter;

        public double Accumulate(PackedRow row, int stepTargetCount, ulong dropoutKey) => inner.Accumulate(row, stepTargetCount, dropoutKey);

        public double Apply(AdamWConfig optimizer, float learningRate, float gradientNormMax, int stepNumber) =>
            inner.Apply(optimizer, learningRate, gradientNormMax, stepNumber);

        public void ClearGradients() => inner.ClearGradients();

        public double Evaluate(PackedRow row) => inner.Evaluate(row);

        public void Save(string folder) => inner.Save(folder);

        public void Restore(string folder) => inner.Restore(folder);

        public void Dispose() => inner.Dispose();
    }
}
