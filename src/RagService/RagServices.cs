using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.RagService.Batches;
using Ratchet.RagService.Chunking;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Feedback;
using Ratchet.RagService.Forgetting;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Engine;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Review;
using Ratchet.RagService.Search;
using Ratchet.RagService.Telemetry;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.RagService;

/// <summary>What the service is made of.</summary>
internal static class RagServices
{
    public static WebApplicationBuilder AddRag(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        AddOptions<RagOptions>(builder, RagOptions.Section);
        AddOptions<ChunkingOptions>(builder, ChunkingOptions.Section);
        AddOptions<SearchOptions>(builder, SearchOptions.Section);
        AddOptions<EngineOptions>(builder, EngineOptions.Section);

        services.AddSingleton(provider => new SqliteDatabase(
            provider.GetRequiredService<ServiceData>().PathOf("rag.db"), KnowledgeMigrations.All));
        services.AddSingleton<EventLog>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<KnowledgeDatabase>();
        services.AddSingleton(provider => LoadEncoder(provider.GetRequiredService<IOptions<EngineOptions>>().Value));
        services.AddSingleton<RetrievalTelemetry>();
        services.AddSingleton<EngineEmbedder>();
        services.AddSingleton<IEmbedder>(provider => new TracedEmbedder(
            provider.GetRequiredService<EngineEmbedder>(), provider.GetRequiredService<RetrievalTelemetry>()));
        services.AddSingleton<ITokenCounter>(
            provider => new EngineTokenCounter(provider.GetRequiredService<LoadedEncoder>().Tokenizer));
        builder.AddVectorStore();
        services.AddSingleton<StoredVectors>();
        services.AddSingleton(provider =>
        {
            var index = new KnowledgeIndex(
                provider.GetRequiredService<IVectorStore>(), provider.GetRequiredService<IOptions<SearchOptions>>().Value.KeywordScoring);
            provider.GetRequiredService<RetrievalTelemetry>().Observe(index);
            return index;
        });
        services.AddSingleton<IndexState>();
        services.AddSingleton<IndexQueue>();
        services.AddSingleton(provider => new Chunker(
            provider.GetRequiredService<ITokenCounter>(), provider.GetRequiredService<IOptions<ChunkingOptions>>().Value));

        services.AddSingleton<DocumentStore>();
        services.AddSingleton<DocumentIntake>();
        services.AddSingleton<DocumentIndexer>();
        services.AddSingleton<DocumentForgetter>();
        services.AddSingleton<DocumentReachFinder>();
        services.AddSingleton<KnowledgeSearch>();
        services.AddSingleton<SplitKeeper>();
        services.AddSingleton<DuplicateFinder>();
        services.AddSingleton<ExampleWriter>();
        services.AddSingleton<ExampleProposer>();
        services.AddSingleton<ExampleStore>();
        services.AddSingleton<ExampleReview>();
        services.AddSingleton<BatchSealer>();
        services.AddSingleton<BatchStore>();
        services.AddSingleton<FeedbackStore>();
        services.AddSingleton<PairWriter>();
        services.AddSingleton<PairStore>();

        services.AddHostedService<IndexWorker>();
        services.AddSingleton<FolderWatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<FolderWatcher>());
        services.AddHealthChecks().AddCheck<IndexState>("index");
        builder.AddServiceClient<TrainerClient>("http://trainer");
        builder.AddEventPublication("rag");
        return builder;
    }

    public static void MapRag(this IEndpointRouteBuilder routes)
    {
        PostDocument.Map(routes);
        ReadDocuments.Map(routes);
        DeleteDocument.Map(routes);
        Collections.Map(routes);
        SearchKnowledge.Map(routes);
        GetKnowledgeStats.Map(routes);
        AddExamples.Map(routes);
        ReadExamples.Map(routes);
        ReviewExample.Map(routes);
        SealBatch.Map(routes);
        SendFeedback.Map(routes);
        routes.MapEvents();
    }

    private static LoadedEncoder LoadEncoder(EngineOptions options) => ModelLoader.LoadEncoder(
        ModelStore.Resolve(options.Folder ?? Path.Combine(SolutionFolder.Find(), "models"), options.Encoder), precision: PrecisionSetting.ReadForEncoder(options.EncoderPrecision));

    private static void AddOptions<TOptions>(WebApplicationBuilder builder, string section)
        where TOptions : class =>
        builder.Services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
