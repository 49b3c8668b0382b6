namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource is healthy when a GET of this path answers with this status.</summary>
internal sealed class HttpHealthCheckAnnotation(string path, int statusCode, string? endpointName) : IResourceAnnotation
{
    public string Path { get; } = path;

    public int StatusCode { get; } = statusCode;

    public string? EndpointName { get; } = endpointName;
}
