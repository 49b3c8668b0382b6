using Microsoft.Extensions.Options;
using Ratchet.Gateway;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Feedback;
using Ratchet.Gateway.Models;
using Ratchet.Gateway.Pages;
using Ratchet.Gateway.Proxy;
using Ratchet.Gateway.Records;
using Ratchet.ServiceDefaults;

if (args is ["make-key", ..])
{
    return MakeKey.Run(args);
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("gateway");
builder.AddGateway();
builder.AddStack();
builder.AddPages();

WebApplication app = builder.Build();
app.MapDefaultEndpoints(requireServiceKey: false);
app.UseMiddleware<PageErrors>();
app.UseMiddleware<AccessMiddleware>();
app.UseMiddleware<RateLimitMiddleware>();

GatewayOptions options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
app.MapChat(options);
app.MapModels();
app.MapFeedback(options);
app.MapAudit();
app.MapProxy();
app.MapPages(options);
await app.RunAsync();
return 0;
