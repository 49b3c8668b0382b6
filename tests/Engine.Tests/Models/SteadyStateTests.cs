using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Once warm, decoding and training take nothing from the managed heap, so that no collection ever stops it.</summary>
[Collection(KernelSettings.Name)]
public sealed class SteadyStateTests : IDisposable
{
    private const int Repeats = 16;

    private readonly DecoderModel _model = TinyModel.Create(type: ElementType.Q8_0);

    [Theory]
    [InlineData(Precision.Float32, null)]
    [InlineData(Precision.Int8, null)]
    [InlineData(Precision.Int8, Precision.BFloat16)]
    public void Steady_decoding_allocates_nothing(Precision precision, Precision? promptPrecision)
    {
        using var adapter = LoraAdapter.Create(_model, new LoraConfig { Rank = 4, TargetModules = [LoraConfig.AllLinear] }, 1);
        using var runner = new DecoderRunner(_model, precision, 8, promptPrecision);
        using ISequenceCache first = runner.CreateCache(64);
        using ISequenceCache second = runner.CreateCache(64);
        int[] token = [5];
        SequencePiece[] pieces = [new SequencePiece(first, token), new SequencePiece(second, token, adapter, IsSampled: true)];
        Assert.Equal(0, AllocatedBy(() => runner.Forward(pieces)));
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_steady_training_step_allocates_nothing(Precision precision)
    {
        var adapter = LoraAdapter.Create(_model, new LoraConfig { Rank = 4, TargetModules = [LoraConfig.AllLinear] }, 1);
        using var backend = new ManagedTrainingBackend(_model, adapter, 32, 1L << 30, precision);
        var row = PackedRow.LayOut([new TrainingSample([1, 5, 9, 2, 7, 3], [false, false, true, true, true, true])]);
        var optimizer = new AdamWConfig();
        int step = 0;
        Assert.Equal(0, AllocatedBy(() =>
        {
            backend.Accumulate(row, row.TargetCount, 0);
            backend.Apply(optimizer, 1e-4f, 1f, ++step);
        }));
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void Steady_embedding_allocates_nothing(Precision precision)
    {
        using var runner = new EncoderRunner(Bundled.Encoder, precision, 64);
        ReadOnlyMemory<int>[] texts = [new[] { 101, 7592, 2088, 102 }, new[] { 101, 2178, 102 }];
        float[] embeddings = new float[texts.Length * Bundled.Encoder.Config.HiddenSize];
        Assert.Equal(0, AllocatedBy(() => runner.Embed(texts, embeddings)));
    }

    [Fact]
    public void A_steady_training_step_of_samples_that_share_their_beginning_allocates_nothing()
    {
        var adapter = LoraAdapter.Create(_model, new LoraConfig { Rank = 4, TargetModules = [LoraConfig.AllLinear] }, 1);
        using var backend = new ManagedTrainingBackend(_model, adapter, 32, 1L << 30);
        SharedRow row = PrefixSharing.LayOut(
            [
                new TrainingSample([1, 5, 9, 2, 7, 3], [false, false, false, false, true, true]),
                new TrainingSample([1, 5, 9, 2, 8, 3, 4], [false, false, false, false, true, true, true]),
            ],
            32,
            backend.SharedKeysMax)[0];
        Assert.Equal(3, row.RowCounts.Length);
        Assert.Equal(0, AllocatedBy(() => backend.Accumulate(row, 5, 0f)));
    }

    [Fact]
    public void Steady_decoding_starts_no_thread()
    {
        using var runner = new DecoderRunner(_model, Precision.Int8, 8);
        using ISequenceCache cache = runner.CreateCache(64);
        SequencePiece[] pieces = [new SequencePiece(cache, new[] { 5 })];
        KernelSettings.With(VectorPath.Width, 2, () =>
        {
            runner.Forward(pieces);
            int[] before = RowLoopThreads();
            for (int i = 0; i < Repeats; i++)
            {
                runner.Forward(pieces);
            }

            Assert.Equal(before, RowLoopThreads());
        });
    }

    public void Dispose() => _model.Dispose();

    // The only place in the engine that starts threads names them.
    private static int[] RowLoopThreads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are told apart by their names in /proc, which only Linux has.");
        return
        [
            .. Directory.GetDirectories("/proc/self/task")
                .Where(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("row loop", StringComparison.Ordinal))
                .Select(task => int.Parse(Path.GetFileName(task), System.Globalization.CultureInfo.InvariantCulture)).Order(),
        ];
    }

    // Of the calling thread, the workers of a loop being others; the least of many, since the runtime may compile meanwhile.
    private static long AllocatedBy(Action run)
    {
        run();
        run();
        long least = long.MaxValue;
        for (int i = 0; i < Repeats; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
