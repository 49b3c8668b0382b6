namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a callback may add to the command line before a resource starts.</summary>
public sealed class CommandLineArgsCallbackContext(
    IList<object> args, IResource resource, CancellationToken cancellationToken = default)
{
    /// <summary>Strings or <see cref="IValueProvider"/>s.</summary>
    public IList<object> Args { get; } = args;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public IResource Resource { get; } = resource;
}
