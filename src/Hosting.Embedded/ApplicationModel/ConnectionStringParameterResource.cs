namespace Aspire.Hosting.ApplicationModel;

/// <summary>A server that runs already; configuration key <c>ConnectionStrings:{name}</c> says where.</summary>
internal sealed class ConnectionStringParameterResource(ParameterResource value, string? variable)
    : Resource(value.Name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{value}");

    public string? ConnectionStringEnvironmentVariable { get; } = variable;

    /// <summary>The connection string; a missing one ends the start with its name.</summary>
    public string Value => value.Value;
}
