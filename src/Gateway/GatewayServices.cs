using Microsoft.Extensions.AI;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Chat.Client;
using Ratchet.Gateway.Chat.Steps;
using Ratchet.Gateway.Feedback;
using Ratchet.Gateway.Models;
using Ratchet.Gateway.Proxy;
using Ratchet.Gateway.Records;
using Ratchet.Gateway.Telemetry;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.Gateway;

/// <summary>What the gateway is made of.</summary>
public static class GatewayServices
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        services.Configure<GatewayOptions>(builder.Configuration.GetSection(GatewayOptions.Section));
        foreach (string service in Services.All.Where(service => service != Services.Inference))
        {
            builder.AddServiceClient(service, $"http://{service}", Timeout.InfiniteTimeSpan)
                .AddHttpMessageHandler(() => new ServiceAwayHandler(service));
        }

        builder.AddServingClient(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler(() => new ServiceAwayHandler(Services.Inference));
        services.AddHttpClient(FallbackServers.Client, client => client.Timeout = Timeout.InfiniteTimeSpan);

        builder.AddServiceClient<RagClient>($"http://{Services.Rag}")
            .AddHttpMessageHandler(() => new ServiceAwayHandler(Services.Rag));
        builder.AddServiceClient<TrainerClient>($"http://{Services.Trainer}")
            .AddHttpMessageHandler(() => new ServiceAwayHandler(Services.Trainer));

        services.AddSingleton<HostRules>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<ServiceForwarder>();
        services.AddSingleton<AliasTable>();
        services.AddSingleton<AliasRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<AliasRefresh>());
        services.AddSingleton<BaseModel>();
        services.AddSingleton<ReplicaTable>();
        services.AddSingleton<ModelServers>();
        services.AddSingleton<FallbackServers>();
        services.AddSingleton<ModelRouter>();
        services.AddScoped<ModelCatalog>();
        services.AddSingleton<ShownModels>();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<DocumentEvents>();
        services.AddScoped<FeedbackDesk>();
        builder.AddEventSubscription(Services.Trainer, provider => provider.GetRequiredService<AliasRefresh>().HandleAsync);
        builder.AddEventSubscription(Services.Rag, provider => provider.GetRequiredService<DocumentEvents>().HandleAsync);
        AddChain(services);
        return builder;
    }

    private static void AddChain(IServiceCollection services)
    {
        services.AddSingleton<AccessStep>();
        services.AddSingleton<LimitsStep>();
        services.AddSingleton<RouteStep>();
        services.AddScoped<RetrieveStep>();
        services.AddSingleton<PromptStep>();
        services.AddSingleton<CacheStep>();
        services.AddSingleton<InferStep>();
        services.AddSingleton<KeepStep>();
        services.AddSingleton<CiteStep>();
        services.AddSingleton<RecordStep>();
        services.AddSingleton<ChatTelemetry>();
        services.AddScoped<ChatPipeline>();
        services.AddSingleton<IChatClient, PipelineChatClient>();
    }
}
