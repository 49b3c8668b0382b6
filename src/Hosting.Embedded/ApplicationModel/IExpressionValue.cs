namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value with a name for it: what an environment variable can be set to.</summary>
public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;
