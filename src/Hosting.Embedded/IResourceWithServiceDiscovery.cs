using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A resource that others find by its name, as in <c>http://rag</c>.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
