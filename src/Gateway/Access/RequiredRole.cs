namespace Ratchet.Gateway.Access;

/// <summary>The role that an endpoint wants of its caller: one to read, maybe a higher one to change.</summary>
public sealed record RequiredRole(Role Read, Role Write)
{
    public Role For(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) ? Read : Write;
}
