using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.InferenceService.Serving;

/// <summary>Loads the models after the service has started, and holds them until it ends.</summary>
public sealed partial class ModelHost(
    IOptions<InferenceOptions> inference, IOptions<ModelOptions> models, IOptions<BackendOptions> backends, TimeProvider clock, ILogger<ModelHost> logger)
    : IHostedService, IHealthCheck, IAsyncDisposable
{
    private readonly TaskCompletionSource<Loaded> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loading = Task.CompletedTask;

    /// <summary>Everything that a request needs of the models.</summary>
    public sealed record Loaded(LoadedDecoder Decoder, LoadedEncoder Encoder, GenerationEngine Engine, IInferenceBackend Runner, IEngineBackend Backend)
    {
        /// <summary>When the models were ready, in Unix seconds.</summary>
        public required long CreatedAt { get; init; }

        /// <summary>The language model's file or folder.</summary>
        public required string DecoderPath { get; init; }

        /// <summary>The encoder's file or folder.</summary>
        public required string EncoderPath { get; init; }
    }

    /// <summary>The models.</summary>
    /// <exception cref="ApiException">503 while they are being loaded; 500 where they cannot be.</exception>
    public Loaded Current => _loaded.Task switch
    {
        { IsCompletedSuccessfully: true } task => task.GetAwaiter().GetResult(),
        { IsFaulted: true } task => throw new ApiException(
            500, "model_not_usable", task.Exception!.GetBaseException().Message),
        _ => throw new ApiException(503, "model_loading", "The model is still being loaded. Try again in a few seconds.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        },
    };

    /// <summary>Completes when the models are ready.</summary>
    public Task<Loaded> WhenLoaded => _loaded.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loading = Task.Run(Load, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(_loaded.Task switch
        {
            { IsCompletedSuccessfully: true } => HealthCheckResult.Healthy(),
            { IsFaulted: true } task => HealthCheckResult.Unhealthy(task.Exception!.GetBaseException().Message),
            _ => HealthCheckResult.Unhealthy("The model is being loaded."),
        });

    public async ValueTask DisposeAsync()
    {
        await _loading;
        if (_loaded.Task.IsCompletedSuccessfully)
        {
            Loaded loaded = await _loaded.Task;
            loaded.Engine.Dispose();
            loaded.Runner.Dispose();
            loaded.Backend.Dispose();
            loaded.Decoder.Dispose();
            loaded.Encoder.Dispose();
        }
    }

    private void Load()
    {
        try
        {
            long start = clock.GetTimestamp();
            InferenceOptions options = inference.Value;
            string folder = models.Value.Folder ?? Path.Combine(SolutionFolder.Find(), "models");
            string decoderPath = ModelStore.Resolve(folder, models.Value.Base);
            string encoderPath = ModelStore.Resolve(folder, models.Value.Encoder);
            LoadedDecoder decoder = ModelLoader.LoadDecoder(decoderPath);
            LoadedEncoder encoder = ModelLoader.LoadEncoder(encoderPath, precision: PrecisionSetting.ReadForEncoder(models.Value.EncoderPrecision));
            Precision precision = options.Precision == "float32" ? Precision.Float32 : Precision.Int8;
#pragma warning disable CA2000 // DisposeAsync frees what _loaded holds.
            IEngineBackend backend = EngineBackends.Choose(backends.Value);
            IInferenceBackend runner = backend.CreateInference(
                decoder.Model,
                precision,
                options.TokensPerPass,
                PrecisionSetting.ReadForPrompts(options.PromptPrecision, precision),
                PrecisionSetting.ReadForCaches(options.CachePrecision, precision));
            var engine = new GenerationEngine(runner, decoder.Tokenizer, new GenerationLimits
            {
                SequencesMax = options.SequencesMax,
                QueueMax = options.QueueMax,
                CacheBytesMax = (long)options.CacheMegabytesMax << 20,
                PrefixesMax = options.PrefixesMax,
                GuessesMax = options.PromptLookup,
            });
#pragma warning restore CA2000
            _loaded.SetResult(new Loaded(decoder, encoder, engine, runner, backend)
            {
                CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                DecoderPath = Path.GetFullPath(decoderPath),
                EncoderPath = Path.GetFullPath(encoderPath),
            });
            double seconds = clock.GetElapsedTime(start).TotalSeconds;
            LogLoaded(logger, decoder.Name, encoder.Name, seconds, backend.Reason);
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
            _loaded.SetException(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Decoder}, embeddings by {Encoder}; loaded in {Seconds:0.0} s. {Backend}")]
    private static partial void LogLoaded(ILogger logger, string decoder, string encoder, double seconds, string backend);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The models cannot be loaded; the service stays unhealthy")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
