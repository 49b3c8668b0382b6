namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command ended.</summary>
public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }

    /// <summary>Upstream's older name of <see cref="Message"/>.</summary>
    public string? ErrorMessage
    {
        get => Message;
        init => Message = value;
    }
}
