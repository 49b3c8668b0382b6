using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Contracts;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Torch.Inference;
using TorchSharp;

namespace Ratchet.Engine.Torch.Tests.Present;

public sealed class TorchInferenceBackendTests : InferenceBackendContract, IDisposable
{
    private readonly IEngineBackend _torch = TorchUnderTest.Open();

    // Torch chooses its kernels by the number of rows: sums of another order.
    protected override float NeighbourAtol => 2e-5f;

    public void Dispose() => _torch.Dispose();

    protected override IInferenceBackend Create(DecoderModel model, int tokensMax) => _torch.CreateInference(model, Precision.Float32, tokensMax);

    [Fact]
    public void Logits_are_those_of_the_managed_engine()
    {
        using DecoderModel model = TinyModel.Create();
        using IInferenceBackend torch = Create(model, 32);
        using var managed = new DecoderRunner(model, Precision.Float32, 32);
        Assert.Equal(Logits(managed), Logits(torch), (x, y) => Math.Abs(x - y) < 1e-4f);
    }

    [Theory]
    [InlineData("blocks", "float32", 1e-4f)]
    [InlineData("dense", "bfloat16", 0.15f)]
    [InlineData("blocks", "bfloat16", 0.15f)]
    public void Stored_blocks_and_half_precision_stay_near(string weights, string precision, float atol)
    {
        using DecoderModel model = TinyModel.Create(type: Tensors.ElementType.Q8_0);
        using IEngineBackend other = TorchUnderTest.Open(weights, precision);
        using IInferenceBackend torch = other.CreateInference(model, Precision.Float32, 32);
        using var managed = new DecoderRunner(model, Precision.Float32, 32);
        Assert.Equal(Logits(managed), Logits(torch), (x, y) => Math.Abs(x - y) < atol);
    }

    [Fact]
    public void Passes_leave_no_tensor_behind()
    {
        using DecoderModel model = TinyModel.Create();
        using IInferenceBackend backend = Create(model, 32);
        using ISequenceCache cache = backend.CreateCache(32);
        backend.Forward([new SequencePiece(cache, new[] { 1, 2, 3 })]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++)
        {
            backend.Forward([new SequencePiece(cache, new[] { 4, 5 })]);
            backend.Score([new SequencePiece(cache, new[] { 6 }, null, LogitRows.None, new[] { 7 })], new float[1]);
            cache.Truncate(3);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_backend_gives_everything_back()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (DecoderModel model = TinyModel.Create())
        using (IInferenceBackend one = Create(model, 32))
        using (IInferenceBackend two = Create(model, 32))
        using (ISequenceCache cache = one.CreateCache(32))
        {
            one.Forward([new SequencePiece(cache, new[] { 1, 2, 3 })]);
            Assert.True(DisposeScopeManager.Statistics.ThreadTotalLiveCount > before);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_cache_too_large_for_the_device_is_refused_with_advice()
    {
        using IInferenceBackend backend = Create(Bundled.Decoder, 32);
        var fault = Assert.Throws<DeviceMemoryException>(() => backend.CreateCache(int.MaxValue));
        Assert.Equal("cpu", fault.Device);
        Assert.Contains("CacheMegabytesMax", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.InnerException);
    }

    [Fact]
    public void A_cache_of_another_backend_is_refused()
    {
        using DecoderModel model = TinyModel.Create();
        using IInferenceBackend backend = Create(model, 32);
        using var managed = new KeyValueCache(model.Config, 8);
        using ISequenceCache own = backend.CreateCache(8);
        Assert.IsType<TorchSequenceCache>(own);
        Assert.Throws<ArgumentException>(() => own.CopyFrom(managed, 0));
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(managed, new[] { 1 })]));
    }

    private static float[] Logits(IInferenceBackend backend)
    {
        using ISequenceCache cache = backend.CreateCache(32);
        backend.Forward([new SequencePiece(cache, new[] { 3, 14, 15, 92, 65, 35, 89 }, null, LogitRows.All)]);
        return [.. Enumerable.Range(0, 7).SelectMany(i => backend.Logits(i).ToArray())];
    }
}
