using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One process of a resource. A resource without replicas has one, and its id is the resource's name.</summary>
/// <param name="Id">Name by which states, logs and commands are told apart.</param>
/// <param name="Index">From 0 on; the first one has the public port.</param>
/// <param name="Suffix">Eight characters that are this instance's own for as long as the host runs.</param>
internal sealed record ResourceInstance(IResource Resource, string Id, int Index, string Suffix)
{
    private const string SuffixCharacters = "abcdefghijkmnpqrstuvwxyz23456789";

    // Made once a resource, when first asked for: at start, when nobody changes the model any more.
    private static readonly ConditionalWeakTable<IResource, IReadOnlyList<ResourceInstance>> Known = [];

    public static IReadOnlyList<ResourceInstance> Of(IResource resource) => Known.GetValue(resource, Make);

    /// <summary>Where this instance listens.</summary>
    public int PortOf(EndpointAnnotation endpoint) => endpoint.PortOf(Index);

    public string UrlOf(EndpointAnnotation endpoint) => $"{endpoint.UriScheme}://localhost:{PortOf(endpoint)}";

    private static IReadOnlyList<ResourceInstance> Make(IResource resource)
    {
        int count = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;
        return
        [
            .. Enumerable.Range(0, count).Select(index =>
            {
                string suffix = RandomNumberGenerator.GetString(SuffixCharacters, 8);
                return new ResourceInstance(resource, count == 1 ? resource.Name : $"{resource.Name}-{suffix}", index, suffix);
            }),
        ];
    }
}
