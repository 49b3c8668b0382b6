using Aspire.Hosting.ApplicationModel;

#pragma warning disable IDE0060 // There is no server here that could be given these; Program.cs may name the parameters all the same.
namespace Aspire.Hosting;

/// <summary>Adds Qdrant, or rather shows what serves instead of it.</summary>
public static class QdrantBuilderExtensions
{
    public static IResourceBuilder<QdrantServerResource> AddQdrant(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? apiKey = null, int? grpcPort = null,
        int? httpPort = null) =>
        builder.AddResource(new QdrantServerResource(name, apiKey?.Resource ?? new ParameterResource($"{name}-Key", _ => "", secret: true)));

    public static IResourceBuilder<QdrantServerResource> WithDataVolume(
        this IResourceBuilder<QdrantServerResource> builder, string? name = null, bool isReadOnly = false) => builder;
}
