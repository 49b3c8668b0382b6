using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Contracts;

/// <summary>What every <see cref="ITrainingBackend"/> does, in single precision; golden numbers are PEFT's and PyTorch's, which padded what is packed here.</summary>
public abstract class TrainingBackendContract : IDisposable
{
    // golden/smollm2/README.md
    private const double EarlyLossAtol = 1e-3;
    private const double LossAtol = 5e-3;
    private const double NormRtol = 1e-2;
    private const double FinalRtol = 2e-2;

    // Sums of other orders over some hundred terms, for one and the same backend.
    private const double SameAtol = 1e-5;

    protected static readonly LoraConfig Lora = new() { Rank = 4, Alpha = 8, TargetModules = [LoraConfig.AllLinear] };

    private readonly DecoderModel _model = TinyModel.Create();

    protected string Folder { get; } = Directory.CreateTempSubdirectory("ratchet-training-").FullName;

    internal sealed record Sample(int[] InputIds, int[] Labels)
    {
        public TrainingSample ToSample() => new(InputIds, [.. Labels.Select(l => l >= 0)]);
    }

    internal sealed record Batches(Sample[][] Steps);

    internal sealed record Curve(double[] Losses, double[] GradNorms);

    internal sealed record Run(Curve Float32, Curve Bfloat16, Dictionary<string, double> FinalNorms);

    public static TheoryData<string> Variants => ["dropout", "rsLoRA", "DoRA", "embedding", "head"];

    public static TheoryData<string> Families => GoldenModel.Decoders;

    protected static TrainingConfig Config => new()
    {
        SequencesPerBatch = 4,
        Epochs = 2,
        Optimizer = new AdamWConfig { LearningRate = 2e-3f, WeightDecay = 0.01f },
        WarmupSteps = 2,
        Seed = 7,
    };

    protected DecoderModel Model => _model;

    protected abstract ITrainingBackend Create(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax);

    // One of the two has no room for kept activations: both ways of the backward pass are held to the numbers.
    [Theory]
    [Trait("Category", "Golden")]
    [InlineData("attention_r8", 8, new[] { "q_proj", "v_proj" }, 4L << 30)]
    [InlineData("all_linear_r2", 2, new[] { "all-linear" }, 1L)]
    public void Losses_norms_and_adapter_match_peft(string name, int rank, string[] targets, long activationBytesMax)
    {
        Run golden = Golden.Read<Run>($"smollm2/training.{name}.json");
        TrainingSample[] samples = [.. Golden.Read<Batches>("smollm2/training.batches.json").Steps.Take(12).SelectMany(s => s).Select(s => s.ToSample())];
        var config = new TrainingConfig
        {
            SequencesPerBatch = 8,
            Optimizer = new AdamWConfig { LearningRate = 5e-4f },
            Schedule = ScheduleShape.Constant,
            Shuffle = false,
        };
        using var run = new FineTuningRun(
            Create(Bundled.Decoder, Initial(name, rank, targets), Math.Max(config.TokensPerPass, samples.Max(s => s.Ids.Length)), activationBytesMax),
            config, samples, Bundled.Decoder.Config.ContextLength);
        for (int step = 0; step < 12; step++)
        {
            StepResult result = run.Step(TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
                $"step {step + 1}: loss {result.Loss:F6} (golden {golden.Float32.Losses[step]:F6}), norm {result.GradientNorm:F6} ({golden.Float32.GradNorms[step]:F6})"));
            double atol = step < 6 ? EarlyLossAtol : LossAtol;
            GoldenNumber.Near("smollm2: training losses", golden.Float32.Losses[step], result.Loss, atol, 0, $"{name}, step {step}");
            Assert.InRange(result.GradientNorm / golden.Float32.GradNorms[step], 1 - NormRtol, 1 + NormRtol);
        }

        Assert.True(run.IsFinished);
        string folder = Path.Combine(Folder, "adapter");
        run.Adapter.Save(folder, "smollm2");
        using var actual = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        foreach ((string key, double norm) in golden.FinalNorms)
        {
            Assert.InRange(Norm(actual.ReadFloats(key)) / norm, 1 - FinalRtol, 1 + FinalRtol);
        }

        if (Golden.Exists($"smollm2/training.{name}.final.safetensors"))
        {
            using var expected = SafetensorsFile.Open(Golden.PathOf($"smollm2/training.{name}.final.safetensors"));
            foreach (SafetensorsTensorInfo tensor in expected.Tensors)
            {
                float[] e = expected.ReadFloats(tensor.Name);
                float[] a = actual.ReadFloats(tensor.Name);
                Assert.InRange(Norm([.. e.Zip(a, (x, y) => x - y)]) / Norm(e), 0, FinalRtol);
            }
        }
    }

    // F51's other half: the loss of every family. Its gradients are held to PyTorch's where every weight learns.
    [Theory(SkipTestWithoutData = true)]
    [Trait("Category", "Golden")]
    [MemberData(nameof(Families))]
    public void The_loss_of_every_family_matches_pytorch(string family)
    {
        using var golden = new GoldenModel(family);
        int[] labels = [.. golden.Expected.ReadInts("labels").Select(l => (int)l)];
        int width = labels.Length / golden.Facts.Lengths.Length;
        var row = PackedRow.LayOut(
        [
            .. golden.Facts.Lengths.Select((length, i) => new TrainingSample(
                golden.Row(i), [.. labels.Skip(i * width).Take(length).Select(l => l >= 0)])),
        ]);
        using ITrainingBackend backend = Create(golden.Model, LoraAdapter.Create(golden.Model, Lora, seed: 3), row.TokenCount, 1L);
        Assert.Equal(golden.Facts.Loss, backend.Evaluate(row) / golden.Facts.LossLabels, golden.Atol("loss"));
        Assert.Equal(golden.Facts.Loss, backend.Accumulate(row, row.TargetCount, 0) / golden.Facts.LossLabels, golden.Atol("loss"));
    }

    // F142: attention and positions restart with each sample of a row.
    [Fact]
    public void Packed_samples_have_the_loss_and_gradients_they_have_alone()
    {
        TrainingSample[] samples = Samples(5);
        int targets = samples.Sum(s => s.TargetCount);
        using ITrainingBackend packed = Create(_model, Adapter(), 128, 1L << 30);
        using ITrainingBackend alone = Create(_model, Adapter(), 128, 1L << 30);
        double together = packed.Accumulate(PackedRow.LayOut(samples), targets, 0);
        double apart = samples.Sum(s => alone.Accumulate(PackedRow.LayOut([s]), targets, 0));
        Assert.Equal(apart, together, 1e-3);
        Assert.Equal(Norm(alone), Norm(packed), SameAtol);
        AssertSameAdapter(alone.Adapter, packed.Adapter);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void Kept_and_recomputed_activations_give_the_same_step(string variant)
    {
        LoraConfig lora = Variant(variant);
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend kept = Create(_model, Adapter(lora), 128, 1L << 30);
        using ITrainingBackend recomputed = Create(_model, Adapter(lora), 128, 1L);
        for (int step = 1; step <= 3; step++)
        {
            Assert.Equal(kept.Accumulate(row, row.TargetCount, (ulong)step), recomputed.Accumulate(row, row.TargetCount, (ulong)step), 1e-3);
            Assert.Equal(Norm(kept, step), Norm(recomputed, step), SameAtol);
        }

        AssertSameAdapter(kept.Adapter, recomputed.Adapter);
    }

    [Fact]
    public void A_mask_follows_from_its_key_alone()
    {
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend backend = Create(_model, Trained(Lora with { Dropout = 0.5f }), 128, 1L << 30);
        double first = backend.Accumulate(row, row.TargetCount, 5);
        double other = backend.Accumulate(row, row.TargetCount, 6);
        Assert.Equal(first, backend.Accumulate(row, row.TargetCount, 5), 1e-6);
        Assert.True(Math.Abs(first - other) > 1e-3);
        Assert.True(Math.Abs(first - backend.Evaluate(row)) > 1e-3);
    }

    [Fact]
    public void Evaluating_and_clearing_leave_no_gradient()
    {
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend backend = Create(_model, Trained(Lora), 128, 1L << 30);
        double evaluated = backend.Evaluate(row);
        Assert.Equal(0, Norm(backend));
        Assert.Equal(evaluated, backend.Accumulate(row, row.TargetCount, 0), 1e-3);
        backend.ClearGradients();
        Assert.Equal(0, Norm(backend, 2));
        backend.Accumulate(row, row.TargetCount, 0);
        Assert.True(Norm(backend, 3) > 0);
        Assert.Equal(0, Norm(backend, 4));
    }

    // F143: in the middle of an epoch, with dropout. The managed engine's own test holds it to the bit.
    [Fact]
    public void A_resumed_run_takes_the_steps_of_one_that_was_never_stopped()
    {
        LoraConfig lora = Lora with { Dropout = 0.1f };
        TrainingSample[] samples = Samples(10);
        using FineTuningRun straight = Start(lora, samples);
        double[] expected = Steps(straight);
        string checkpoint = Path.Combine(Folder, "checkpoint");
        using (FineTuningRun first = Start(lora, samples))
        {
            first.Step(TestContext.Current.CancellationToken);
            first.SaveCheckpoint(checkpoint);
        }

        using FineTuningRun resumed = Start(lora, samples);
        resumed.Restore(checkpoint);
        Assert.Equal(1, resumed.StepsDone);
        double[] actual = Steps(resumed);
        Assert.Equal(expected.Length - 1, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.Equal(expected[i + 1], actual[i], SameAtol);
        }

        AssertSameAdapter(straight.Adapter, resumed.Adapter);
    }

    [Fact]
    public void A_checkpoint_of_another_adapter_is_refused_and_changes_nothing()
    {
        string checkpoint = Path.Combine(Folder, "other");
        Directory.CreateDirectory(checkpoint);
        using (ITrainingBackend other = Create(_model, Adapter(Lora with { Rank = 2, Alpha = 4 }), 64, 1L))
        {
            other.Save(checkpoint);
        }

        using LoraAdapter before = Trained(Lora);
        using ITrainingBackend backend = Create(_model, Trained(Lora), 64, 1L);
        Assert.Throws<CheckpointException>(() => backend.Restore(checkpoint));
        AssertSameAdapter(before, backend.Adapter);
    }

    [Fact]
    public void A_row_that_does_not_fit_a_pass_is_refused()
    {
        using ITrainingBackend backend = Create(_model, Adapter(), 8, 1L);
        var row = PackedRow.LayOut([new TrainingSample(new int[9], [.. Enumerable.Repeat(true, 9)])]);
        var fault = Assert.Throws<ArgumentException>(() => backend.Accumulate(row, 8, 0));
        Assert.Contains("9 tokens", fault.Message, StringComparison.Ordinal);
    }

    // F6: a base in blocks is trained on; what is in its blocks is what is computed with.
    [Theory]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    public void A_stored_base_gives_the_loss_of_its_numbers_in_single_precision(ElementType type)
    {
        using DecoderModel stored = TinyModel.Create(type: type);
        using DecoderModel plain = TinyModel.Plain(stored);
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend one = Create(stored, Adapter(), 128, 1L);
        using ITrainingBackend two = Create(plain, Adapter(), 128, 1L);
        Assert.Equal(two.Evaluate(row), one.Evaluate(row), 1e-3);
        one.Accumulate(row, row.TargetCount, 0);
        two.Accumulate(row, row.TargetCount, 0);
        Assert.Equal(Norm(two), Norm(one), SameAtol);
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static TrainingSample[] Samples(int count, int vocabulary = TinyModel.Vocabulary)
    {
        var random = new Random(5);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                int length = 4 + random.Next(14);
                int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
                return new TrainingSample(ids, [.. Enumerable.Range(0, length).Select(t => t >= length / 2)]);
            }),
        ];
    }

    protected static double[] Steps(FineTuningRun run)
    {
        var losses = new List<double>();
        while (!run.IsFinished)
        {
            losses.Add(run.Step(TestContext.Current.CancellationToken).Loss);
        }

        return [.. losses];
    }

    protected static LoraConfig Variant(string name) => name switch
    {
        "rsLoRA" => Lora with { RankStabilized = true, TargetModules = ["q_proj", "down_proj"] },
        "DoRA" => Lora with { WeightDecomposed = true },
        "embedding" => Lora with { TargetModules = ["embed_tokens", "q_proj"] },
        "head" => Lora with { ModulesToSave = ["lm_head"], TargetModules = ["v_proj"] },
        _ => Lora with { Dropout = 0.2f },
    };

    protected FineTuningRun Start(LoraConfig lora, TrainingSample[] samples)
        => new(Create(_model, Adapter(lora), 512, 1L << 30), Config, samples, _model.Config.ContextLength);

    protected LoraAdapter Adapter(LoraConfig? lora = null) => LoraAdapter.Create(_model, lora ?? Lora, seed: 3);

    // One whose B is not zero, so that A has gradients and the adapter changes something.
    protected unsafe LoraAdapter Trained(LoraConfig lora)
    {
        LoraAdapter adapter = Adapter(lora);
        var random = new Random(3);
        foreach (LoraLayer layer in adapter.Layers)
        {
            float* b = adapter.Factors(layer.LinearIndex).B;
            for (int i = 0; i < layer.Rank * layer.Outputs; i++)
            {
                b[i] = (random.NextSingle() - 0.5f) * 0.3f;
            }
        }

        return adapter;
    }

    protected static unsafe void AssertSameAdapter(LoraAdapter expected, LoraAdapter actual)
    {
        // Adam divides by the root of what may be almost nothing: a gradient of 1e-7 moves its number by a whole step.
        const float Atol = 2e-4f;
        Assert.Equal(expected.Layers, actual.Layers);
        foreach (LoraLayer layer in expected.Layers)
        {
            TensorAssert.Close(
                new ReadOnlySpan<float>(expected.Factors(layer.LinearIndex).A, layer.Count),
                new ReadOnlySpan<float>(actual.Factors(layer.LinearIndex).A, layer.Count), Atol, 1e-3f, layer.Name);
        }
    }

    private static double Norm(ITrainingBackend backend, int step = 1) => backend.Apply(new AdamWConfig(), 1e-3f, 1f, step);

    internal static LoraAdapter Initial(string name, int rank, string[] targets)
    {
        // The golden file has tensors alone; PEFT's loader wants the settings beside them.
        string folder = Directory.CreateTempSubdirectory("ratchet-initial-").FullName;
        using (var empty = LoraAdapter.Create(
            Bundled.Decoder, new LoraConfig { Rank = rank, Alpha = 2 * rank, TargetModules = targets }, seed: 1))
        {
            empty.Save(folder);
        }

        File.Copy(
            Golden.PathOf($"smollm2/training.{name}.initial.safetensors"), Path.Combine(folder, "adapter_model.safetensors"), overwrite: true);
        var adapter = LoraAdapter.Load(folder, Bundled.Decoder);
        Directory.Delete(folder, recursive: true);
        return adapter;
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));
}
