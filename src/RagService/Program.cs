using Ratchet.RagService;
using Ratchet.ServiceDefaults;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("rag");
builder.AddRag();

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
app.MapRag();
await app.RunAsync();
