namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something whose value is known only when the application starts.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}
