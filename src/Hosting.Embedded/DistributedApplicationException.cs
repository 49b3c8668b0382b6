namespace Aspire.Hosting;

/// <summary>The application model asks for something that cannot be.</summary>
public sealed class DistributedApplicationException(string message) : Exception(message);
