using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What can be asked of a resource while it runs.</summary>
public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions? commandOptions = null)
        where T : IResource
    {
        CommandOptions options = commandOptions ?? new CommandOptions();
        foreach (ResourceCommandAnnotation old in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(one => one.Name == name).ToArray())
        {
            builder.Resource.Annotations.Remove(old);
        }

        return builder.WithAnnotation(new ResourceCommandAnnotation(
            name, displayName, options.UpdateState ?? (_ => ResourceCommandState.Enabled), executeCommand, options.Description, parameter: null,
            options.ConfirmationMessage, options.IconName, options.IconVariant, options.IsHighlighted));
    }

    /// <summary>A request to the resource: POST where the options say nothing else, and 2xx is a success.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder, string path, string displayName, string? endpointName = null, string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints =>
        builder.WithHttpCommand(path, displayName, () => HttpEndpointOf(builder.Resource, endpointName), commandName, commandOptions);

    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder, string path, string displayName, Func<EndpointReference>? endpointSelector,
        string? commandName = null, HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        HttpCommandOptions options = commandOptions ?? new HttpCommandOptions();
        var command = new HttpCommand(options.EndpointSelector ?? endpointSelector ?? (() => HttpEndpointOf(builder.Resource, null)), path, options);
        string method = (options.Method ?? HttpMethod.Post).Method.ToLowerInvariant();
        return builder.WithCommand(
            commandName ?? $"{builder.Resource.Name}-http-{method}-{NotOfAName().Replace(path, "-").Trim('-')}", displayName, command.ExecuteAsync,
            new CommandOptions
            {
                Description = options.Description,
                ConfirmationMessage = options.ConfirmationMessage,
                IconName = options.IconName,
                IconVariant = options.IconVariant,
                IsHighlighted = options.IsHighlighted,
                UpdateState = options.UpdateState ?? HttpCommand.WhileRunning,
            });
    }

    private static EndpointReference HttpEndpointOf(IResourceWithEndpoints resource, string? name)
    {
        EndpointAnnotation[] endpoints = [.. resource.Annotations.OfType<EndpointAnnotation>()];
        return new EndpointReference(resource, name
            ?? endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "https")?.Name
            ?? endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "http")?.Name
            ?? throw new DistributedApplicationException(
                $"Resource '{resource.Name}' has an http command but no http endpoint. Its launchSettings.json needs an applicationUrl, "
                + "or its line in Program.cs a WithHttpEndpoint()."));
    }

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NotOfAName();
}
