namespace Aspire.Hosting.Processes;

/// <summary>What to start, where and with what.</summary>
internal sealed record ProcessSpec(
    string Command, IReadOnlyList<string> Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string> Environment);
