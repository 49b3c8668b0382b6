using Ratchet.ServiceDefaults;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("inference");

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
