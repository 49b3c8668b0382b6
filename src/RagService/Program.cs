using Ratchet.ServiceDefaults;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("rag");

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
