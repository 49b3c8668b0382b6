using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Whom a resource knows.</summary>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Tells the resource where another one listens: <c>services__{name}__{scheme}__{i}</c> and <c>{NAME}_{ENDPOINT}</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.WithReference(source, source.Resource.Name);

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source, string name)
        where TDestination : IResourceWithEnvironment => builder.Refer(source.Resource).WithEnvironment(context =>
        {
            var countOf = new Dictionary<string, int>();
            foreach (EndpointAnnotation endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>())
            {
                bool isNamedForScheme = endpoint.Name is "http" or "https";
                string key = isNamedForScheme ? endpoint.UriScheme : endpoint.Name;
                int index = countOf.GetValueOrDefault(key);
                countOf[key] = index + 1;

                var reference = new EndpointReference(source.Resource, endpoint.Name);
                context.EnvironmentVariables[string.Create(CultureInfo.InvariantCulture, $"services__{name}__{key}__{index}")] = reference;
                context.EnvironmentVariables[VariableName($"{name}_{endpoint.Name}")] = reference;

                // There is no proxy that would share requests out: whoever calls is told every replica, and takes turns.
                foreach (ResourceInstance replica in ResourceInstance.Of(source.Resource).Skip(1))
                {
                    index = countOf[key]++;
                    context.EnvironmentVariables[string.Create(CultureInfo.InvariantCulture, $"services__{name}__{key}__{index}")] =
                        replica.UrlOf(endpoint);
                }
            }
        });

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, string name, Uri uri)
        where TDestination : IResourceWithEnvironment =>
        builder.WithEnvironment($"services__{name}__default__0", uri.ToString());

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment => builder.WithEnvironment(context =>
        {
            string key = endpointReference.EndpointName is "http" or "https" ? endpointReference.Scheme : endpointReference.EndpointName;
            context.EnvironmentVariables[$"services__{endpointReference.Resource.Name}__{key}__0"] = endpointReference;
        });

    /// <summary>Gives the resource a server's connection string; a built-in part has none, and nothing is set.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment => builder.Refer(source.Resource).WithEnvironment(async context =>
        {
            IResourceWithConnectionString server = source.Resource;
            string? value = await server.GetConnectionStringAsync(context.CancellationToken);
            if (!string.IsNullOrEmpty(value))
            {
                string variable = server.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName ?? server.Name}";
                context.EnvironmentVariables[variable] = value;
            }
            else if (server is not IBuiltInResource && !optional)
            {
                throw new DistributedApplicationException(
                    $"The connection string of '{server.Name}' is empty. Set ConnectionStrings:{server.Name}.");
            }
        });

    private static IResourceBuilder<T> Refer<T>(this IResourceBuilder<T> builder, IResource other)
        where T : IResource => builder.WithAnnotation(new ResourceRelationshipAnnotation(other, "Reference"));

    private static string VariableName(string name) => NonWord().Replace(name, "_").ToUpperInvariant();

    [GeneratedRegex(@"\W")]
    private static partial Regex NonWord();
}
