namespace Aspire.Hosting;

/// <summary>The application model asks for something that cannot be.</summary>
public class DistributedApplicationException(string message) : Exception(message);
