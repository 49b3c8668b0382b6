using Microsoft.SemanticKernel;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Infrastructure.SemanticKernel;
using Ratchet.Gateway.Tools;

namespace Ratchet.Gateway;

/// <summary>What the gateway has in this stack alone.</summary>
public static class GatewayStack
{
    public static WebApplicationBuilder AddStack(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddScoped<KernelFactory>();
        builder.Services.AddScoped<IServerTools, KernelServerTools>();

        // For code of this process; a request's kernel is made in the name of its caller.
        builder.Services.AddTransient<Kernel>(provider => provider.GetRequiredService<KernelFactory>()
            .Create(new KernelSession(new Caller("in-process", Role.Operator), "")));
        return builder;
    }
}
