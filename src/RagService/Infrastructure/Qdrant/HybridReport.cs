namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Says who ranks by words, once for each change and not with every question.</summary>
internal sealed partial class HybridReport(ILogger<HybridReport> logger)
{
    private readonly Lock _lock = new();
    private string? _told;

    public void Ranks(Uri server, bool isFusing, Version version)
    {
        if (!isFusing)
        {
            Tell(LogLevel.Information, $"Questions are ranked by meaning and by words in Qdrant at {server}, and fused in this service.");
        }
        else if (version < HybridRequest.VersionOfWeights)
        {
            Tell(
                LogLevel.Warning,
                $"Questions are ranked and fused in Qdrant at {server}, whose version {version} takes no weights: both rankings count alike. Run "
                + $"version {HybridRequest.VersionOfWeights} or later, or set Qdrant__Hybrid=auto.");
        }
        else
        {
            Tell(LogLevel.Information, $"Questions are ranked by meaning and by words, and fused, in Qdrant at {server}.");
        }
    }

    public void HasNoWords(string collection, Uri server) => Tell(
        LogLevel.Information,
        $"The collection '{collection}' of Qdrant at {server} has no words. A new one is filled; until it is, words are ranked in this service.");

    public void Refused(string reason) => Tell(
        LogLevel.Warning, $"{reason} Words are ranked in this service meanwhile; Qdrant__Hybrid=service leaves it at that.");

    private void Tell(LogLevel level, string what)
    {
        lock (_lock)
        {
            if (what == _told)
            {
                return;
            }

            _told = what;
        }

        Log(logger, level, what);
    }

    [LoggerMessage(Message = "{What}")]
    private static partial void Log(ILogger logger, LogLevel level, string what);
}
