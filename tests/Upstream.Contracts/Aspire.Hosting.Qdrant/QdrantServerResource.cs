namespace Aspire.Hosting.ApplicationModel;

public class QdrantServerResource : ContainerResource, IResourceWithConnectionString
{
    public QdrantServerResource(string name, ParameterResource apiKey)
        : base(null!) => throw null!;

    public ReferenceExpression ConnectionStringExpression => throw null!;
}
