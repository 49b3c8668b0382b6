namespace Ratchet.AppHost;

/// <summary>Writes the application down for other machines. Only the Aspire stack's build has anything behind it.</summary>
internal static partial class Publishing
{
    public static void Configure(
        IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services, StartSettings settings)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            ConfigurePublishing(builder, services, settings);
        }
    }

    static partial void ConfigurePublishing(
        IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services, StartSettings settings);
}
