namespace Ratchet.AppHost;

/// <summary>Whether Docker or podman runs here: the same places that eng/Stack.props looks at.</summary>
internal static class ContainerRuntime
{
    /// <summary>The socket or pipe of the runtime; null where there is none.</summary>
    public static string? FindSocket()
    {
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } named)
        {
            return named;
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string session = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/run/user/0";
        string[] places = OperatingSystem.IsWindows()
            ? [@"\\.\pipe\docker_engine", @"\\.\pipe\podman-machine-default"]
            :
            [
                "/var/run/docker.sock",
                Path.Combine(home, ".docker/run/docker.sock"),
                "/run/podman/podman.sock",
                Path.Combine(session, "podman/podman.sock"),
            ];
        return places.FirstOrDefault(File.Exists);
    }
}
