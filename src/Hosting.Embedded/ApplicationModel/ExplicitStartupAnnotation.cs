namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource starts when somebody asks, not with the application.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;
