using Microsoft.Extensions.Options;
using Ratchet.Gateway;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Feedback;
using Ratchet.Gateway.Models;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults;

if (args is ["make-key", ..])
{
    return MakeKey.Run(args);
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("gateway");
builder.AddGateway();

WebApplication app = builder.Build();
app.MapDefaultEndpoints(requireServiceKey: false);
app.UseMiddleware<AccessMiddleware>();

GatewayOptions options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
app.MapChat(options);
app.MapModels();
app.MapFeedback(options);
app.MapProxy();
await app.RunAsync();
return 0;
