using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting
{
    public static class RedisBuilderExtensions
    {
        public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null) => throw null!;

        public static IResourceBuilder<RedisResource> WithDataVolume(this IResourceBuilder<RedisResource> builder, string? name = null, bool isReadOnly = false) => throw null!;

        public static IResourceBuilder<RedisResource> WithPersistence(this IResourceBuilder<RedisResource> builder, TimeSpan? interval = null, long keysChangedThreshold = 1) => throw null!;
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public class RedisResource : ContainerResource, IResourceWithConnectionString
    {
        public RedisResource(string name)
            : base(name) => throw null!;

        public ReferenceExpression ConnectionStringExpression => throw null!;
    }
}
