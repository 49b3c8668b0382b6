namespace Ratchet.Engine.Torch.Tests.Present;

/// <summary>Torch on the CPU; where its library does not load, a test is skipped aloud, or fails where CI is set.</summary>
internal static class TorchUnderTest
{
    public static IEngineBackend Open(string weights = "dense", string precision = "float32")
    {
        IEngineBackend backend = EngineBackends.Choose(
            new BackendOptions { Backend = "torch", Device = "cpu", Precision = precision, Weights = weights, Threads = 2 });
        if (backend.Name != "torch")
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", backend.Reason);
            Assert.Skip(backend.Reason);
        }

        return backend;
    }
}
