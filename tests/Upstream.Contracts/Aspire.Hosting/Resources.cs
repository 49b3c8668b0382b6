namespace Aspire.Hosting.ApplicationModel;

public interface IResource
{
    string Name { get; }
}

public interface IResourceAnnotation;

public interface IResourceCollection : IList<IResource>;

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithEndpoints : IResource;

public interface IResourceWithWaitSupport : IResource;

public interface IComputeResource : IResource;

public interface IComputeEnvironmentResource : IResource;

public interface IResourceWithParent : IResource;

public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    T Parent { get; }
}

public interface IResourceWithConnectionString : IResource, IExpressionValue;

public interface IValueProvider;

public interface IManifestExpressionProvider;

public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

public abstract class Resource : IResource
{
    protected Resource(string name) => throw null!;

    public virtual string Name => throw null!;
}

public class ContainerResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    public ContainerResource(string name, string? entrypoint = null)
        : base(name) => throw null!;
}

public class ProjectResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IComputeResource
{
    public ProjectResource(string name)
        : base(name) => throw null!;
}

public class ParameterResource : Resource, IExpressionValue
{
    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name) => throw null!;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => throw null!;
}

public abstract class ParameterDefault;

public sealed class GenerateParameterDefault : ParameterDefault
{
    public int MinLength { get; set; }

    public bool Special { get; set; }
}

public sealed class ReferenceExpression : IExpressionValue;

public class DistributedApplicationModel
{
    public DistributedApplicationModel(IResourceCollection resources) => throw null!;

    public IResourceCollection Resources => throw null!;
}

public interface IResourceBuilder<out T>
    where T : IResource
{
    T Resource { get; }

    IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation;
}

public enum ResourceAnnotationMutationBehavior
{
    Append = 0,
    Replace = 1,
}

public sealed class ContainerMountAnnotation : IResourceAnnotation
{
    public ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly) => throw null!;
}

public enum ContainerMountType
{
    BindMount = 0,
    Volume = 1,
}

public sealed class EndpointReference : IExpressionValue
{
    public EndpointReference(IResourceWithEndpoints owner, string endpointName) => throw null!;

    public bool IsAllocated => throw null!;

    public bool Exists => throw null!;

    public string Url => throw null!;
}

public static class ResourceExtensions
{
    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => throw null!;
}

public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }

    public string? DisplayText { get; set; }
}

public class EnvironmentCallbackContext
{
    public EnvironmentCallbackContext(DistributedApplicationExecutionContext executionContext, IResource resource, Dictionary<string, object>? environmentVariables = null, CancellationToken cancellationToken = default) => throw null!;

    public Dictionary<string, object> EnvironmentVariables => throw null!;

    public IResource Resource => throw null!;

    public DistributedApplicationExecutionContext ExecutionContext => throw null!;
}
