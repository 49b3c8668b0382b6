using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>A command that sends a request to the resource's own endpoint.</summary>
internal sealed class HttpCommand(Func<EndpointReference> endpoint, string path, HttpCommandOptions options)
{
    // As upstream: some commands take long, and whoever gave one can take it back.
    private static readonly HttpClient Patient = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
    {
        EndpointReference target = endpoint();
        HttpClient client = options.HttpClientName is { } name
            ? context.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name)
            : Patient;
        using var request = new HttpRequestMessage(options.Method ?? HttpMethod.Post, new Uri(new Uri(RootOf(target, context.ResourceName)), path));
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                Services = context.Services,
                ResourceName = context.ResourceName,
                Endpoint = target,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Request = request,
            });
        }

        using HttpResponseMessage response = await client.SendAsync(request, context.CancellationToken);
        if (options.GetCommandResult is { } read)
        {
            return await read(new HttpCommandResultContext
            {
                Services = context.Services,
                ResourceName = context.ResourceName,
                Endpoint = target,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Response = response,
            });
        }

        return response.IsSuccessStatusCode
            ? CommandResults.Success()
            : CommandResults.Failure($"{request.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}.");
    }

    public static ResourceCommandState WhileRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    // Given to one replica, the request goes to that one.
    private static string RootOf(EndpointReference target, string instanceId) =>
        ResourceInstance.Of(target.Resource).FirstOrDefault(instance => instance.Id == instanceId) is { } instance
            ? instance.UrlOf(target.EndpointAnnotation)
            : target.Url;
}
