using Microsoft.Extensions.Configuration;

namespace Ratchet.AppHost;

/// <summary>What this build's host can do. This one starts containers where a runtime for them answers.</summary>
internal static class HostStack
{
    public static ServerPlace PlaceOf(string server, string? wish, IDistributedApplicationBuilder builder) => wish switch
    {
        "none" => ServerPlace.None,
        "external" => ServerPlace.Elsewhere,
        "container" => ServerPlace.Here,
        _ when builder.Configuration.GetConnectionString(server) is { Length: > 0 } => ServerPlace.Elsewhere,

        // What is published runs elsewhere.
        _ when builder.ExecutionContext.IsPublishMode || ContainerRuntime.FindSocket() is not null => ServerPlace.Here,
        _ => WithoutServer(server),
    };

    /// <summary>What a service must be told because of the host.</summary>
    public static void Apply(EnvironmentCallbackContext context)
    {
        if (context.ExecutionContext.IsRunMode)
        {
            // This host starts services with `dotnet run --no-build`, which must find the programs of this stack.
            context.EnvironmentVariables["Stack"] = "Aspire";
        }
    }

    private static ServerPlace WithoutServer(string server)
    {
        Console.WriteLine(
            $"{server}: left out, because no container runtime answers; services use their built-in part instead. Start Docker or "
            + $"podman, or name a running server with ConnectionStrings__{server}; --{server} none says that this is wanted.");
        return ServerPlace.None;
    }
}
