using Ratchet.ServiceDefaults;
using Ratchet.TrainerService;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("trainer");
builder.AddTrainer();

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
app.MapTrainer();
await app.RunAsync();
