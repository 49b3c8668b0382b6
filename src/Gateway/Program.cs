using Ratchet.ServiceDefaults;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("gateway");

WebApplication app = builder.Build();
app.MapDefaultEndpoints(requireServiceKey: false);
await app.RunAsync();
