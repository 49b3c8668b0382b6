using Microsoft.Extensions.DependencyInjection;
using Ratchet.AppHost;

// The architecture: four services on one machine, and the two servers that they share with replicas and machines beside it.
//
//   gateway ──► rag          documents, search, examples, batches ──► qdrant
//      │  ├───► trainer      files, jobs, evaluation, gate, adapters, cycles ──► rag, inference
//      │  └───► inference    the model and its adapters
//      └── the one origin for people and programs       redis: events, cache, locks, limits of all four
IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(args);
var settings = StartSettings.Read(builder);
using DataFolderLock dataLock = builder.ExecutionContext.IsRunMode ? DataFolderLock.Take(settings.DataFolder) : DataFolderLock.NotNeeded;
if (dataLock.Refusal is { } refusal)
{
    Console.Error.WriteLine(refusal);
    return 1;
}

// The host keeps what it remembers beside the services.
builder.Configuration["EmbeddedHost:DataFolder"] = Path.Combine(settings.DataFolder, "host");

// New at every start, known to the services alone: nobody else on this machine can talk to them past the Gateway.
IResourceBuilder<ParameterResource> serviceKey = builder.AddParameter(
    "service-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);

IResourceBuilder<IResourceWithConnectionString>? redis = settings.Redis switch
{
    ServerPlace.Here => builder.AddRedis("redis").WithDataVolume("ratchet-redis").WithPersistence(TimeSpan.FromSeconds(10)),
    ServerPlace.Elsewhere => builder.AddConnectionString("redis"),
    _ => null,
};
IResourceBuilder<IResourceWithConnectionString>? qdrant = settings.Qdrant switch
{
    ServerPlace.Here => builder.AddQdrant("qdrant").WithDataVolume("ratchet-qdrant"),
    ServerPlace.Elsewhere => builder.AddConnectionString("qdrant"),
    _ => null,
};

IResourceBuilder<ProjectResource> rag = builder.AddProject<Projects.RagService>("rag");
IResourceBuilder<ProjectResource> inference = builder.AddProject<Projects.InferenceService>("inference");
IResourceBuilder<ProjectResource> trainer = builder.AddProject<Projects.TrainerService>("trainer");
IResourceBuilder<ProjectResource> gateway = builder.AddProject<Projects.Gateway>("gateway");
IResourceBuilder<ProjectResource>[] services = [rag, inference, trainer, gateway];

// Knowing is mutual (rag asks the trainer which adapters a document has reached, inference where those are that aliases hold),
// waiting is one way.
rag.WithReference(trainer).KnowAndAwait(qdrant);
inference.WithReference(trainer);
trainer.WithReference(rag).WithReference(inference).WaitFor(rag).WaitFor(inference);
gateway.WithReference(rag).WithReference(trainer).WithReference(inference).WaitFor(rag).WaitFor(trainer).WaitFor(inference)
    .WithExternalHttpEndpoints();

foreach (IResourceBuilder<ProjectResource> service in services)
{
    service.WithHttpHealthCheck("/health")
        .WithEnvironment("Ratchet__ServiceKey", serviceKey)
        .WithEnvironment(settings.Apply)
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/openapi/v1.json", DisplayText = "OpenAPI" })
        .KnowAndAwait(redis);
}

gateway.WithUrlForEndpoint("http", url => url.DisplayText = "Chat").WithReplicas(settings.GatewayReplicas);
inference.WithReplicas(settings.InferenceReplicas);
TrainerCommands.AddTo(trainer, serviceKey.Resource, settings.Collection);
Publishing.Configure(builder, services, settings);

builder.Services.AddHostedService<ReadyAnnouncement>();
builder.Build().Run();
return 0;
