using Microsoft.Extensions.DependencyInjection;
using Ratchet.AppHost;

// The architecture: four services on one machine.
//
//   gateway ──► rag          documents, search, examples, batches
//      │  ├───► trainer      files, jobs, evaluation, gate, adapters, cycles ──► rag, inference
//      │  └───► inference    the model and its adapters
//      └── the one origin for people and programs
IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(args);
var settings = StartSettings.Read(builder.Configuration);

// New at every start, known to the services alone: nobody else on this machine can talk to them past the Gateway.
IResourceBuilder<ParameterResource> serviceKey = builder.AddParameter(
    "service-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);

IResourceBuilder<ProjectResource> rag = builder.AddProject<Projects.RagService>("rag");
IResourceBuilder<ProjectResource> inference = builder.AddProject<Projects.InferenceService>("inference");
IResourceBuilder<ProjectResource> trainer = builder.AddProject<Projects.TrainerService>("trainer");
IResourceBuilder<ProjectResource> gateway = builder.AddProject<Projects.Gateway>("gateway");

// Knowing is mutual (rag asks the trainer which adapters a document has reached), waiting is one way.
rag.WithReference(trainer);
trainer.WithReference(rag).WithReference(inference).WaitFor(rag).WaitFor(inference);
gateway.WithReference(rag).WithReference(trainer).WithReference(inference).WaitFor(rag).WaitFor(trainer).WaitFor(inference)
    .WithExternalHttpEndpoints();

foreach (IResourceBuilder<ProjectResource> service in new[] { rag, inference, trainer, gateway })
{
    service.WithHttpHealthCheck("/health")
        .WithEnvironment("Ratchet__ServiceKey", serviceKey)
        .WithEnvironment(settings.Apply);
}

builder.Services.AddHostedService<ReadyAnnouncement>();
builder.Build().Run();
