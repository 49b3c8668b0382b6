using Microsoft.Extensions.Configuration;

namespace Ratchet.AppHost;

/// <summary>What this build's host can do. This one brings built-in parts for Redis and Qdrant.</summary>
internal static class HostStack
{
    public static ServerPlace PlaceOf(string server, string? wish, IDistributedApplicationBuilder builder)
    {
        if (builder.Configuration.GetConnectionString(server) is { Length: > 0 } || wish is "container" or "external")
        {
            Console.WriteLine(
                $"{server}: this build has no client for it and uses its built-in part. Build with -p:Stack=Aspire to use the server.");
        }

        return wish == "none" ? ServerPlace.None : ServerPlace.Here;
    }

    /// <summary>What a service must be told because of the host: nothing, it is started as the program that was built.</summary>
    public static void Apply(EnvironmentCallbackContext context) => _ = context;
}
