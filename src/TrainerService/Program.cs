using Ratchet.ServiceDefaults;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("trainer");

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
