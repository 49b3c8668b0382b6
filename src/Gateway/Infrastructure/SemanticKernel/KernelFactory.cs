using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Chat.Client;
using Ratchet.Gateway.Records;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>
/// Makes kernels: chat is the gateway's own chain, the plugins are the knowledge and the trainer, and every call passes the
/// filters of policy and audit.
/// </summary>
public sealed class KernelFactory(
    IServiceScopeFactory scopes,
    RagClient rag,
    TrainerClient trainer,
    AliasTable aliases,
    AuditLog audit,
    IOptions<GatewayOptions> options,
    TimeProvider clock)
{
    /// <summary>A kernel for one conversation of one caller.</summary>
    public Kernel Create(KernelSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
#pragma warning disable CA2000 // The kernel's container holds the clients; they hold nothing that must be given back.
        var pipeline = new PipelineChatClient(scopes, clock, session.Caller, session.Site) { Findings = session.Findings };
        var rounds = new RoundsChatClient(pipeline, session, options.Value.ToolRoundsMax);
#pragma warning restore CA2000
        IChatClient client = new ChatClientBuilder(rounds).UseKernelFunctionInvocation().Build();

        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(client);
        builder.Services.AddSingleton(client.AsChatCompletionService());
        builder.Services.AddSingleton<IFunctionInvocationFilter>(new CallPolicyFilter(session, audit, options.Value.ToolCallsMax));
        builder.Services.AddSingleton<IPromptRenderFilter>(new PromptAuditFilter(session, audit));
        builder.Plugins.AddFromObject(new KnowledgePlugin(session, rag, options), KnowledgePlugin.Name);
        builder.Plugins.AddFromObject(new TrainerPlugin(session, trainer, rag, aliases, options), TrainerPlugin.Name);
        return builder.Build();
    }
}
