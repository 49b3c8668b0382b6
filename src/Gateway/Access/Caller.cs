namespace Ratchet.Gateway.Access;

/// <summary>Who asks.</summary>
public sealed record Caller(string Name, Role Role)
{
    /// <summary>Whoever sits at this machine, while the gateway listens on nothing else.</summary>
    public static readonly Caller Local = new("local", Role.Operator);

    /// <summary>The caller of a request that has passed the access check.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Local;
}
