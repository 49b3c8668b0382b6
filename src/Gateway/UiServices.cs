using Ratchet.Gateway.Pages;
using Ratchet.Gateway.Pages.Adapters;
using Ratchet.Gateway.Pages.Chat;
using Ratchet.Gateway.Pages.Cycles;
using Ratchet.Gateway.Pages.Knowledge;
using Ratchet.Gateway.Pages.Operation;
using Ratchet.Gateway.Pages.Review;
using Ratchet.Gateway.Pages.Training;
using Ratchet.Web.Components.Pages;

namespace Ratchet.Gateway;

/// <summary>The pages of the gateway.</summary>
public static class UiServices
{
    public static WebApplicationBuilder AddPages(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton<ServiceMonitor>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ServiceMonitor>());
        builder.Services.AddScoped<ChatChoices>();
        builder.Services.AddSingleton<JobsClient>();
        return builder;
    }

    public static void MapPages(this IEndpointRouteBuilder routes, GatewayOptions options)
    {
        routes.MapEmbeddedAssets(typeof(UiServices).Assembly);
        routes.MapGet("/ui/services", (HttpContext http, ServiceMonitor monitor) =>
        {
            PageContext reader = PageResult.Reader(http);
            return monitor.States.Select(state => new { state.Name, state.Health, Word = reader.Say(Shell.Word(state.Health)), state.Detail });
        }).ExcludeFromDescription();
        routes.MapChatPages();
        routes.MapKnowledgePages(options);
        routes.MapReviewPages(options);
        routes.MapTrainingPages(options);
        routes.MapAdapterPages();
        routes.MapCyclePages();
        routes.MapOperationPages();
    }
}
