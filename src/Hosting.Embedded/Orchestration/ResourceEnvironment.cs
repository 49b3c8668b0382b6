using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>The variables and arguments that a resource is started with, asked for again at every start.</summary>
/// <remarks>The same names as upstream injects, so that a service cannot tell who has started it.</remarks>
internal sealed class ResourceEnvironment(DistributedApplicationExecutionContext executionContext, OtlpSettings otlp)
{
    public async Task<Dictionary<string, string>> VariablesAsync(ResourceInstance instance, CancellationToken cancellationToken)
    {
        IResource resource = instance.Resource;
        var variables = new Dictionary<string, object>();
        if (resource is ProjectResource)
        {
            AddLaunchProfile(resource, variables);
            variables["LOGGING__CONSOLE__FORMATTERNAME"] = "simple";
            variables["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "true";
        }

        OtlpExporterAnnotation? exporter = resource.Annotations.OfType<OtlpExporterAnnotation>().LastOrDefault();
        if (resource is ProjectResource || exporter is not null)
        {
            AddTelemetry(instance, exporter?.Required, variables);
        }

        AddPorts(instance, variables);
        var context = new EnvironmentCallbackContext(executionContext, resource, variables, cancellationToken);
        foreach (EnvironmentCallbackAnnotation annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        var values = new Dictionary<string, string>();
        foreach ((string name, object value) in variables)
        {
            values[name] = await ValueAsync(value, cancellationToken);
        }

        return values;
    }

    public static async Task<IReadOnlyList<string>> ArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var arguments = new List<object>();
        var context = new CommandLineArgsCallbackContext(arguments, resource, cancellationToken);
        foreach (CommandLineArgsCallbackAnnotation annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context);
        }

        var values = new List<string>(arguments.Count);
        foreach (object argument in arguments)
        {
            values.Add(await ValueAsync(argument, cancellationToken));
        }

        return values;
    }

    private static async ValueTask<string> ValueAsync(object value, CancellationToken cancellationToken) => value switch
    {
        IValueProvider provider => await provider.GetValueAsync(cancellationToken) ?? "",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void AddLaunchProfile(IResource resource, Dictionary<string, object> variables)
    {
        if (resource.Annotations.OfType<LaunchProfile>().FirstOrDefault() is not { } profile)
        {
            return;
        }

        variables["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        foreach ((string name, string value) in profile.EnvironmentVariables)
        {
            variables[name] = value;
        }
    }

    private static void AddPorts(ResourceInstance instance, Dictionary<string, object> variables)
    {
        EndpointAnnotation[] endpoints = [.. instance.Resource.Annotations.OfType<EndpointAnnotation>()];
        EndpointAnnotation[] listening =
            [.. endpoints.Where(endpoint => endpoint is { PortVariable: null, KestrelName: null, UriScheme: "http" or "https" })];
        foreach (EndpointAnnotation endpoint in endpoints.Where(endpoint => endpoint.KestrelName is not null))
        {
            // Where the project's settings name endpoints, Kestrel does not look at ASPNETCORE_URLS.
            variables[$"Kestrel__Endpoints__{endpoint.KestrelName}__Url"] = instance.UrlOf(endpoint);
        }

        if (instance.Resource is ProjectResource && listening.Length > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', listening.Select(instance.UrlOf));
            if (listening.FirstOrDefault(endpoint => endpoint.UriScheme == "https") is { } secure)
            {
                variables["ASPNETCORE_HTTPS_PORT"] = instance.PortOf(secure).ToString(CultureInfo.InvariantCulture);
            }
        }

        foreach (EndpointAnnotation endpoint in endpoints.Where(endpoint => endpoint.PortVariable is not null))
        {
            variables[endpoint.PortVariable!] = instance.PortOf(endpoint).ToString(CultureInfo.InvariantCulture);
        }
    }

    private void AddTelemetry(ResourceInstance instance, OtlpProtocol? required, Dictionary<string, object> variables)
    {
        variables["OTEL_SERVICE_NAME"] = instance.Resource.Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={instance.Suffix}";
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (otlp.IsDevelopment)
        {
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
            variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
            variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
            variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
        }

        if (otlp.For(instance.Resource, required) is { } target)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = target.Endpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = target.Protocol;
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={otlp.ApiKey}";
        }
    }
}
