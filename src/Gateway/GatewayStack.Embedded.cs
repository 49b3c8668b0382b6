using Ratchet.Gateway.Tools;

namespace Ratchet.Gateway;

/// <summary>What the gateway has in this stack alone.</summary>
public static class GatewayStack
{
    public static WebApplicationBuilder AddStack(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IServerTools, NoServerTools>();
        return builder;
    }
}
