using Ratchet.Gateway.Chat;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Tools;

/// <summary>Stands in where the gateway is built without a kernel.</summary>
public sealed class NoServerTools : IServerTools
{
    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation) => throw new ApiException(
        400, "server_tools_not_available",
        "x_ratchet.tools is 'server', and this gateway is built without Semantic Kernel (Stack=Embedded). Build with Stack=Aspire, leave the "
        + "field out to be answered with retrieval, or give tools of your own.",
        "x_ratchet.tools");
}
