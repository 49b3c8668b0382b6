using Ratchet.ServiceDefaults;
using Ratchet.TrainerService;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Worker;

// The same program is the worker: heavy work runs in child processes of the service.
if (args is ["worker", ..])
{
    return WorkerProgram.Run(args[1..], path => new ManagedEngine(path, WorkerBackend.Choose));
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("trainer");
builder.AddTrainer();

WebApplication app = builder.Build();
app.MapDefaultEndpoints();
app.MapTrainer();
await app.RunAsync();
return 0;
