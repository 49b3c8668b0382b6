namespace Ratchet.Gateway.Proxy;

/// <summary>Names of the services behind the gateway; each is also the name of an HTTP client without a time limit.</summary>
public static class Services
{
    public const string Rag = "rag";
    public const string Trainer = "trainer";
    public const string Inference = "inference";

    public static IReadOnlyList<string> All { get; } = [Rag, Trainer, Inference];
}
