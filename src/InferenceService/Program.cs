using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Torch;
using Ratchet.InferenceService;
using Ratchet.InferenceService.Chat;
using Ratchet.InferenceService.Completions;
using Ratchet.InferenceService.Embeddings;
using Ratchet.InferenceService.Models;
using Ratchet.InferenceService.Serving;
using Ratchet.InferenceService.Telemetry;
using Ratchet.ServiceDefaults;
using Ratchet.ServiceDefaults.Http;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("inference");
builder.Services.AddOptions<InferenceOptions>().BindConfiguration(InferenceOptions.Section)
    .ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<BackendOptions>().BindConfiguration(BackendOptions.Section).PostConfigure(o => o.Validated()).ValidateOnStart();
builder.Services.AddOptions<ModelOptions>().BindConfiguration(ModelOptions.Section);
builder.Services.AddSingleton<ModelHost>();
builder.Services.AddHostedService(services => services.GetRequiredService<ModelHost>());
builder.Services.AddHealthChecks().AddCheck<ModelHost>("model");
builder.AddServiceClient<TrainerClient>("http://trainer", AdapterRegistry.Patience);
builder.Services.AddOptions<ServingOptions>().BindConfiguration(ServingOptions.Section);
builder.Services.AddSingleton<AdapterRegistry>();
builder.Services.AddSingleton<AdapterTable>();
builder.Services.AddHostedService(services => services.GetRequiredService<AdapterTable>());
builder.Services.AddHealthChecks().AddCheck<AdapterTable>("adapters");
builder.Services.AddSingleton<ModelResolver>();
builder.Services.AddSingleton<ServingTelemetry>();

WebApplication app = builder.Build();
_ = app.Services.GetRequiredService<ServingTelemetry>();
app.MapDefaultEndpoints();
CreateChatCompletion.Map(app);
CreateCompletion.Map(app);
CreateEmbedding.Map(app);
ListModels.Map(app);
LoadAdapter.Map(app);
await app.RunAsync();
