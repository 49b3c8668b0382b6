namespace Aspire.Hosting.ApplicationModel;

/// <summary>A command that is a request to the resource itself.</summary>
public class HttpCommandOptions : CommandOptions
{
    public Func<EndpointReference>? EndpointSelector { get; set; }

    /// <summary>POST where null.</summary>
    public HttpMethod? Method { get; set; }

    /// <summary>Name of a registered client; where null, one that waits for as long as it takes.</summary>
    public string? HttpClientName { get; set; }

    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }

    /// <summary>Reads the answer; where null, any 2xx is a success.</summary>
    public Func<HttpCommandResultContext, Task<ExecuteCommandResult>>? GetCommandResult { get; set; }
}
