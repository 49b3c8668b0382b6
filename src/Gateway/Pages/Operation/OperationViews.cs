using Ratchet.Web.Components.Pages;

namespace Ratchet.Gateway.Pages.Operation;

/// <summary>What runs here.</summary>
public sealed record SystemView
{
    public required IReadOnlyList<ServiceState> Services { get; init; }

    public required string Version { get; init; }

    public required string BaseModel { get; init; }

    public required string Runtime { get; init; }

    public required string Machine { get; init; }

    public required int CoreCount { get; init; }

    public required long MemoryBytes { get; init; }

    public required TimeSpan Uptime { get; init; }

    public required bool KeysRequired { get; init; }

    public required int KeyCount { get; init; }

    public required GatewayOptions Options { get; init; }

    public required string ApiAddress { get; init; }

    public required IReadOnlyList<string> Models { get; init; }
}

/// <summary>The login form.</summary>
/// <param name="To">Where the person wanted to go.</param>
/// <param name="IsWrong">A key was given that nobody has.</param>
public sealed record LoginView(string To, bool IsWrong = false);
