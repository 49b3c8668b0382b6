using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;

#pragma warning disable IDE0060 // Publishing is upstream's; Program.cs may name the parameters all the same.
namespace Aspire.Hosting;

/// <summary>Adds values from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A value that must be set, as <c>Parameters:{name}</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        Add(builder, name, secret, _ => throw new MissingParameterValueException(
            $"Parameter '{name}' has no value. Set configuration key 'Parameters:{name}', for example with the environment variable "
            + $"'Parameters__{name}' or the argument '--Parameters:{name} VALUE'."));

    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(
        this IDistributedApplicationBuilder builder, string name, string configurationKey, bool secret = false) =>
        builder.AddResource(new ParameterResource(
            name, _ => builder.Configuration[configurationKey] ?? throw new MissingParameterValueException(
                $"Parameter '{name}' has no value. Set configuration key '{configurationKey}'."), secret));

    /// <summary>A server that runs already, found by <c>ConnectionStrings:{name}</c>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        builder.AddResource(new ConnectionStringParameterResource(
            new ParameterResource(
                name, _ => builder.Configuration[$"ConnectionStrings:{name}"] ?? throw new MissingParameterValueException(
                    $"The connection string of '{name}' is missing. Set configuration key 'ConnectionStrings:{name}', for example with the "
                    + $"environment variable 'ConnectionStrings__{name}'."), secret: true),
            environmentVariableName));

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        Add(builder, name, secret, _ => value);

    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false,
        bool secret = false) => Add(builder, name, secret, _ => valueGetter());

    /// <param name="builder">The application's.</param>
    /// <param name="name">Name of the parameter; configuration key <c>Parameters:{name}</c> overrides its value.</param>
    /// <param name="value">Makes the value where nobody has set one.</param>
    /// <param name="secret">Whether it is shown masked.</param>
    /// <param name="persist">Whether a value that was made is the same at the next start: kept in the host's data folder.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        IResourceBuilder<ParameterResource> parameter = Add(builder, name, secret, fallback => persist
            ? KeptParameters.Get(builder.Configuration, name, fallback!.GetDefaultValue)
            : fallback!.GetDefaultValue());
        parameter.Resource.Default = value;
        return parameter;
    }

    private static IResourceBuilder<ParameterResource> Add(
        IDistributedApplicationBuilder builder, string name, bool secret, Func<ParameterDefault?, string> fallback) =>
        builder.AddResource(new ParameterResource(
            name, otherwise => builder.Configuration[$"Parameters:{name}"] ?? fallback(otherwise), secret));
}
