using Aspire.Hosting.ApplicationModel;

#pragma warning disable IDE0060 // There is no container here whose life could be chosen.
namespace Aspire.Hosting;

/// <summary>What is said of containers.</summary>
public static class ContainerResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime)
        where T : ContainerResource => builder;
}
