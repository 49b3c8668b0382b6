namespace Microsoft.Extensions.AI;

public sealed class ChatClientBuilder
{
    public ChatClientBuilder(IChatClient innerClient) => throw null!;

    public IChatClient Build(IServiceProvider? services = null) => throw null!;
}
