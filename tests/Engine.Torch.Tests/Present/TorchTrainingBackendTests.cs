using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Contracts;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Training;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Tests.Present;

public sealed class TorchTrainingBackendTests : TrainingBackendContract
{
    // Two implementations of the same formulas in single precision, over twenty steps of Adam.
    private const double CrossAtol = 1e-3;

    private readonly IEngineBackend _torch = TorchUnderTest.Open();

    protected override ITrainingBackend Create(DecoderModel model, LoraAdapter adapter, int tokensMax, long activationBytesMax)
        => _torch.CreateTraining(model, adapter, tokensMax, activationBytesMax);

    // F143, across backends: the same files, the same dropout masks, the same order of samples.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_goes_on_with_the_other_backend(bool startsManaged)
    {
        LoraConfig lora = Lora with { Dropout = 0.1f };
        TrainingSample[] samples = Samples(20);
        using FineTuningRun straight = Managed(lora, samples);
        double[] expected = Steps(straight);

        string checkpoint = Path.Combine(Folder, "checkpoint");
        var actual = new List<double>();
        using (FineTuningRun first = startsManaged ? Managed(lora, samples) : Start(lora, samples))
        {
            for (int i = 0; i < 4; i++)
            {
                actual.Add(first.Step(TestContext.Current.CancellationToken).Loss);
            }

            first.SaveCheckpoint(checkpoint);
        }

        using FineTuningRun second = startsManaged ? Start(lora, samples) : Managed(lora, samples);
        second.Restore(checkpoint);
        Assert.Equal(4, second.StepsDone);
        actual.AddRange(Steps(second));
        Assert.Equal(expected, actual, (x, y) => Math.Abs(x - y) < CrossAtol);
        second.Adapter.Save(Path.Combine(Folder, "end"));
        using var end = LoraAdapter.Load(Path.Combine(Folder, "end"), Model);
        AssertNear(straight.Adapter, end);
    }

    // Every variant of the adapter, whose gradients the managed engine has from PyTorch and central differences.
    [Theory]
    [MemberData(nameof(Variants))]
    public void Steps_of_every_variant_are_those_of_the_managed_engine(string variant) => AssertSameSteps(Model, Variant(variant));

    [Theory]
    [MemberData(nameof(Families))]
    public void Steps_of_every_family_are_those_of_the_managed_engine(string family)
    {
        using var golden = new GoldenModel(family);
        AssertSameSteps(golden.Model, Lora);
        AssertSameSteps(golden.Model, Lora with { WeightDecomposed = true, Dropout = 0.1f });
    }

    [Theory]
    [InlineData(0.1f, 1)]
    [InlineData(0.5f, 33)]
    [InlineData(0.9f, 64)]
    public unsafe void Dropout_masks_are_those_of_the_managed_engine(float chance, int dim)
    {
        const int Rows = 37;
        const ulong Key = 0xFEDCBA9876543210UL;
        float[] ones = [.. Enumerable.Repeat(1f, Rows * dim)];
        float[] expected = new float[Rows * dim];
        float[] actual = new float[Rows * dim];
        using DisposeScope scope = NewDisposeScope();
        fixed (float* from = ones, managed = expected, torch = actual)
        {
            DropoutKernel.Forward(managed, from, Rows, dim, chance, Key);
            HostCopy.Download(torch, DropoutMask.Of(Rows, dim, chance, Key, new TorchDevice(DeviceType.CPU, -1, ScalarType.Float32)));
        }

        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(1L)]
    [InlineData(1L << 30)]
    public void Steps_leave_no_tensor_behind(long activationBytesMax)
    {
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend backend = Create(Model, Adapter(Lora with { Dropout = 0.1f }), 128, activationBytesMax);
        Step(1);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int step = 2; step < 6; step++)
        {
            Step(step);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Step(int step)
        {
            backend.Accumulate(row, row.TargetCount, (ulong)step);
            backend.Apply(new AdamWConfig(), 1e-3f, 1f, step);
            backend.Evaluate(row);
            Assert.NotNull(backend.Adapter);
            backend.Save(Directory.CreateDirectory(Path.Combine(Folder, $"{step}-{activationBytesMax}")).FullName);
        }
    }

    [Fact]
    public void A_backend_gives_everything_back()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var row = PackedRow.LayOut(Samples(4));
        using (ITrainingBackend backend = Create(Model, Adapter(), 128, 1L))
        {
            backend.Accumulate(row, row.TargetCount, 0);
            Assert.True(DisposeScopeManager.Statistics.ThreadTotalLiveCount > before);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // QLoRA: blocks stay blocks. Both numbers of a step are those of weights that were dequantised at load.
    [Theory]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_0)]
    [InlineData(ElementType.Q5_1)]
    [InlineData(ElementType.Q8_0)]
    public void Weights_in_blocks_give_the_step_of_dense_ones(ElementType type)
    {
        using DecoderModel model = TinyModel.Create(type: type);
        using IEngineBackend blocks = TorchUnderTest.Open("blocks");
        var row = PackedRow.LayOut(Samples(4));
        using ITrainingBackend dense = Create(model, Adapter(), 128, 1L << 30);
        using ITrainingBackend stored = blocks.CreateTraining(model, Adapter(), 128, 1L << 30);
        for (int step = 1; step < 4; step++)
        {
            Assert.Equal(dense.Accumulate(row, row.TargetCount, 0), stored.Accumulate(row, row.TargetCount, 0), 1e-3);
            Assert.Equal(dense.Apply(new AdamWConfig(), 1e-3f, 1f, step), stored.Apply(new AdamWConfig(), 1e-3f, 1f, step), 1e-5);
        }

        Assert.False(((TorchTrainingBackend)stored).KeepsActivations);
        Assert.True(((TorchTrainingBackend)dense).KeepsActivations);
    }

    [Fact]
    public void Half_precision_learns_what_single_precision_learns()
    {
        using IEngineBackend half = TorchUnderTest.Open(precision: "bfloat16");
        TrainingSample[] samples = Samples(8);
        TrainingConfig config = Config with { Epochs = 10 };
        using FineTuningRun single = new(Create(Model, Adapter(), 512, 1L << 30), config, samples, Model.Config.ContextLength);
        using FineTuningRun bf16 = new(half.CreateTraining(Model, Adapter(), 512, 1L << 30), config, samples, Model.Config.ContextLength);
        double[] expected = Steps(single);
        double[] actual = Steps(bf16);
        Assert.True(actual[^1] < actual[0] - 0.1);
        Assert.Equal(expected, actual, (x, y) => Math.Abs(x - y) < 0.1);
    }

    [Fact]
    public void What_the_device_has_no_memory_for_is_told_with_advice()
    {
        var device = new TorchDevice(DeviceType.CPU, -1, ScalarType.Float32);
        var fault = Assert.Throws<DeviceMemoryException>(() => device.Run("A tensor", "Ask for less.", () => empty(1L << 50).numel()));
        Assert.Equal("A tensor needs more memory than cpu has left. Ask for less.", fault.Message);
        Assert.NotNull(fault.InnerException);
    }

    [Fact]
    public void Shapes_that_do_not_fit_name_the_layer()
    {
        using var layer = new LinearLayer("model.layers.0.mlp.up_proj", 0, new Quantization.WeightMatrix(new Tensors.Tensor(ElementType.F32, 4, 8)));
        using var device = new Passes.DeviceLinear(layer, new TorchDevice(DeviceType.CPU, -1, ScalarType.Float32), keepsBlocks: false);
        using DisposeScope scope = NewDisposeScope();
        var fault = Assert.Throws<ArgumentException>(() => device.Product(zeros(3, 7)));
        Assert.Contains("model.layers.0.mlp.up_proj takes rows of 8 numbers; these have 7", fault.Message, StringComparison.Ordinal);
    }

    private FineTuningRun Managed(LoraConfig lora, TrainingSample[] samples)
        => new(new ManagedTrainingBackend(Model, Adapter(lora), 512, 1L << 30), Config, samples, Model.Config.ContextLength);

    private void AssertSameSteps(DecoderModel model, LoraConfig lora)
    {
        var row = PackedRow.LayOut(Samples(5, model.Config.VocabularySize));
        using var managed = new ManagedTrainingBackend(model, LoraAdapter.Create(model, lora, seed: 3), 128, 1L << 30);
        using ITrainingBackend torch = Create(model, LoraAdapter.Create(model, lora, seed: 3), 128, 1L << 30);
        for (int step = 1; step <= 4; step++)
        {
            double loss = managed.Accumulate(row, row.TargetCount, (ulong)step) / row.TargetCount;
            Assert.Equal(loss, torch.Accumulate(row, row.TargetCount, (ulong)step) / row.TargetCount, 1e-4);
            double norm = managed.Apply(new AdamWConfig(), 1e-3f, 1f, step);
            Assert.InRange(torch.Apply(new AdamWConfig(), 1e-3f, 1f, step) / norm, 0.999, 1.001);
        }

        Assert.Equal(managed.Evaluate(row) / row.TargetCount, torch.Evaluate(row) / row.TargetCount, 1e-4);

        // What is served with the adapter that came out is what was trained, gains and heads included.
        using IInferenceBackend served = _torch.CreateInference(model, Precision.Float32, 64);
        using var runner = new DecoderRunner(model, Precision.Float32, 64);
        Assert.Equal(Scores(runner, managed.Adapter), Scores(served, managed.Adapter), (x, y) => Math.Abs(x - y) < 1e-3);

        float[] Scores(IInferenceBackend backend, LoraAdapter adapter)
        {
            using ISequenceCache first = backend.CreateCache(8);
            using ISequenceCache second = backend.CreateCache(8);
            float[] scores = new float[8];
            backend.Score(
                [
                    new SequencePiece(first, row.Ids.AsMemory(0, 4), adapter, LogitRows.Last, new[] { 1, 2, 3, 4 }),
                    new SequencePiece(second, row.Ids.AsMemory(0, 4), null, LogitRows.Last, new[] { 1, 2, 3, 4 }),
                ],
                scores);
            return [.. scores, .. backend.Logits(0), .. backend.Logits(1)];
        }
    }

    private static unsafe void AssertNear(LoraAdapter expected, LoraAdapter actual)
    {
        double difference = 0;
        double size = 0;
        foreach (LoraLayer layer in expected.Layers)
        {
            float* e = expected.Factors(layer.LinearIndex).A;
            float* a = actual.Factors(layer.LinearIndex).A;
            for (int i = 0; i < layer.Count; i++)
            {
                difference += Math.Pow(e[i] - a[i], 2);
                size += Math.Pow(e[i], 2);
            }
        }

        Assert.InRange(Math.Sqrt(difference / size), 0, 1e-2);
    }
}
