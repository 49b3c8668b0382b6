using Qdrant.Client;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Registers the client of a Qdrant server, as Aspire's own integration would.</summary>
internal static class QdrantClientServices
{
    /// <summary>Takes the server from ConnectionStrings:<paramref name="connectionName"/>.</summary>
    /// <exception cref="FormatException">The connection string is not one.</exception>
    public static WebApplicationBuilder AddQdrantClient(this WebApplicationBuilder builder, string connectionName)
    {
        var connection = QdrantConnection.Parse(builder.Configuration.GetConnectionString(connectionName) ?? "", connectionName);
        IConfigurationSection section = builder.Configuration.GetSection(QdrantOptions.Section);
        builder.Services.AddOptions<QdrantOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(connection);
        builder.Services.AddSingleton(provider => new QdrantClient(
            connection.Endpoint,
            connection.Key,
            provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<QdrantOptions>>().Value.Timeout,
            provider.GetRequiredService<ILoggerFactory>()));
        return builder;
    }
}
