namespace Aspire.Hosting;

/// <summary>A parameter that must be set is not.</summary>
public class MissingParameterValueException(string message) : DistributedApplicationException(message);
