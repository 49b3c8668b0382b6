using Ratchet.Engine.Kernels;
namespace Ratchet.Engine.Torch.Tests;

public sealed class BackendChoiceTests
{
    [Fact]
    public void Managed_is_what_it_says()
    {
        using IEngineBackend backend = EngineBackends.Choose(new BackendOptions { Backend = "managed" });
        Assert.Equal(("managed", "cpu"), (backend.Name, backend.Device));
        Assert.Contains("as Engine:Backend asks", backend.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_never_takes_torch_on_the_cpu()
    {
        using IEngineBackend backend = EngineBackends.Choose(new BackendOptions { Device = "cpu" });
        Assert.Equal("managed", backend.Name);
        Assert.StartsWith("The managed engine on the CPU", backend.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Torch_that_is_not_there_is_replaced_and_the_reason_says_what_to_do()
    {
        Assert.SkipWhen(TorchRuntime.IsCompiledIn, "This build has TorchSharp; build with -p:Torch=none for this one.");
        using IEngineBackend backend = EngineBackends.Choose(new BackendOptions { Backend = "torch" });
        Assert.Equal("managed", backend.Name);
        Assert.Contains("in place of torch", backend.Reason, StringComparison.Ordinal);
        Assert.Contains("-p:Torch=cuda", backend.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cuda_device_that_does_not_answer_is_named_with_what_to_look_at()
    {
        Assert.SkipUnless(TorchRuntime.IsCompiledIn, "This build has no TorchSharp; build with -p:Torch=cpu or cuda for this one.");
        using IEngineBackend backend = EngineBackends.Choose(new BackendOptions { Backend = "torch", Device = "cuda:63" });
        Assert.Equal("managed", backend.Name);
        Assert.StartsWith("The managed engine on the CPU, in place of torch: ", backend.Reason, StringComparison.Ordinal);
        Assert.Matches("CUDA|native library", backend.Reason);
    }

    [Fact]
    public void Values_that_are_not_known_are_refused_all_at_once()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => EngineBackends.Choose(
            new BackendOptions { Backend = "gpu", Device = "cuda:x", Precision = "int4", Weights = "none", Threads = -1 }));
        foreach (string name in (string[])["Backend", "Device", "Precision", "Weights", "Threads"])
        {
            Assert.Contains($"Engine:{name} is", fault.Message, StringComparison.Ordinal);
        }
    }

    // F73
    [Fact]
    public void The_managed_engine_trains_in_bfloat16_where_that_is_faster()
    {
        Assert.Equal(MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : Precision.Float32, Of(BackendOptions.Auto));
        Assert.Equal(Precision.BFloat16, Of("bfloat16"));
        Assert.Equal(Precision.Float32, Of("float32"));

        static Precision Of(string precision)
        {
            using IEngineBackend backend = EngineBackends.Choose(new BackendOptions { Backend = BackendOptions.Managed, Precision = precision });
            return backend.TrainingPrecision;
        }
    }
}
