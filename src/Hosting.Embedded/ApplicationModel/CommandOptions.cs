namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command is shown, and when it can be given.</summary>
public class CommandOptions
{
    public string? Description { get; set; }

    /// <summary>Asked before the command runs; null to run it at once.</summary>
    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    /// <summary>Whether it is a button on the resource's row, not only an entry of its menu.</summary>
    public bool IsHighlighted { get; set; }

    /// <summary>Asked again whenever the resource changes; always enabled where it is null.</summary>
    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}
