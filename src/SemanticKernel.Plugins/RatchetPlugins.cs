using Microsoft.SemanticKernel;

namespace Ratchet.SemanticKernel.Plugins;

/// <summary>Adds the functions of a Ratchet gateway to a kernel.</summary>
public static class RatchetPlugins
{
    /// <summary>Adds the plugins <c>knowledge</c> and <c>trainer</c>.</summary>
    /// <param name="plugins">The plugins of a kernel.</param>
    /// <param name="gateway">Where the gateway is, for example http://localhost:5380.</param>
    /// <param name="key">The gateway's key; null where it wants none.</param>
    /// <returns>The two plugins.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public static IReadOnlyList<KernelPlugin> AddRatchet(this ICollection<KernelPlugin> plugins, string gateway, string? key = null) =>
        AddRatchet(plugins, Address(gateway), new RatchetOptions { Key = key });

    /// <summary>Adds the plugins <c>knowledge</c> and <c>trainer</c>.</summary>
    /// <param name="plugins">The plugins of a kernel.</param>
    /// <param name="gateway">Where the gateway is, for example http://localhost:5380.</param>
    /// <param name="key">The gateway's key; null where it wants none.</param>
    /// <returns>The two plugins.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public static IReadOnlyList<KernelPlugin> AddRatchet(this ICollection<KernelPlugin> plugins, Uri gateway, string? key = null) =>
        AddRatchet(plugins, gateway, new RatchetOptions { Key = key });

    /// <summary>Adds the plugins <c>knowledge</c> and <c>trainer</c>.</summary>
    /// <param name="plugins">The plugins of a kernel.</param>
    /// <param name="gateway">Where the gateway is, for example http://localhost:5380.</param>
    /// <param name="options">How the gateway is used.</param>
    /// <returns>The two plugins.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https.</exception>
    public static IReadOnlyList<KernelPlugin> AddRatchet(this ICollection<KernelPlugin> plugins, Uri gateway, RatchetOptions options)
    {
        ArgumentNullException.ThrowIfNull(plugins);
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(options);
        if (!gateway.IsAbsoluteUri || gateway.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"'{gateway}' is not the address of a gateway. Give one such as http://localhost:5380.", nameof(gateway));
        }

#pragma warning disable CA2000 // Lives as long as the plugins, and those as long as their kernel.
        var connection = new GatewayConnection(gateway, options);
#pragma warning restore CA2000
        KernelPlugin[] added = [new KnowledgeFunctions(connection, options).AsPlugin(), new TrainerFunctions(connection, options).AsPlugin()];
        foreach (KernelPlugin plugin in added)
        {
            plugins.Add(plugin);
        }

        return added;
    }

    private static Uri Address(string gateway) =>
        Uri.TryCreate(gateway, UriKind.Absolute, out Uri? address) ? address : throw new ArgumentException(
            $"'{gateway}' is not the address of a gateway. Give one such as http://localhost:5380.", nameof(gateway));
}
