using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Ratchet.AppHost;

/// <summary>What a person may say at start, as <c>--name value</c> or as configuration key <c>Ratchet:Name</c>.</summary>
/// <param name="DataFolder">Where all services keep their state, each in a folder of its own.</param>
/// <param name="Model">A name in models/ or the path of a GGUF file; null for the default.</param>
/// <param name="DocumentsFolder">A folder that the RagService watches; null for none.</param>
internal sealed record StartSettings(string DataFolder, string? Model, string? DocumentsFolder)
{
    public const string Kubernetes = "kubernetes";

    private const string Compose = "compose";
    private const int ReplicasMax = 32;

    private static readonly string[] Places = ["auto", "container", "external", "none"];
    private static readonly string[] Backends = ["auto", "managed", "torch"];

    /// <summary><c>--redis</c>: auto, container, external or none.</summary>
    public ServerPlace Redis { get; private init; }

    /// <summary><c>--qdrant</c>, as <see cref="Redis"/>.</summary>
    public ServerPlace Qdrant { get; private init; }

    public int GatewayReplicas { get; private init; } = 1;

    public int InferenceReplicas { get; private init; } = 1;

    /// <summary><c>--backend</c>: what computes, auto, managed or torch; null leaves it to the services.</summary>
    public string? Backend { get; private init; }

    /// <summary><c>--trainer-gpus</c>: numbers of the GPUs that training may use, as in 0,1; none for the processor; null for all.</summary>
    public string? TrainerGpus { get; private init; }

    public string? InferenceGpus { get; private init; }

    /// <summary>The collection that the dashboard's button starts a cycle over.</summary>
    public string Collection { get; private init; } = "default";

    /// <summary><c>--target</c> of publishing: compose or kubernetes.</summary>
    public string PublishTarget { get; private init; } = Compose;

    /// <summary>Reads the settings; one that cannot be ends the start with its name.</summary>
    public static StartSettings Read(IDistributedApplicationBuilder builder)
    {
        ConfigurationManager configuration = builder.Configuration;
        string data = configuration["data"] ?? configuration["Ratchet:Data"] ?? Path.Combine(FindSolution(), "data");
        string? documents = configuration["documents"];
        if (documents is not null && !Directory.Exists(documents))
        {
            throw new DirectoryNotFoundException(
                $"--documents names '{documents}', which is no folder. Name the folder whose files should be answerable.");
        }

        string? model = configuration["model"];
        bool isPath = model is not null && (model.Contains('/') || model.Contains('\\') || model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase));
        if (isPath && !File.Exists(model) && !File.Exists(Path.Combine(model!, "config.json")))
        {
            throw new FileNotFoundException(
                $"--model names '{model}', which is neither a file nor a folder with config.json. Name a GGUF file, a Hugging Face folder, or a model of the models/ folder such as smollm2-135m-instruct.");
        }

        return new StartSettings(
            Path.GetFullPath(data), isPath ? Path.GetFullPath(model!) : model, documents is null ? null : Path.GetFullPath(documents))
        {
            Redis = HostStack.PlaceOf("redis", OneOf(configuration, "redis", Places), builder),
            Qdrant = HostStack.PlaceOf("qdrant", OneOf(configuration, "qdrant", Places), builder),
            GatewayReplicas = Replicas(configuration, "gateway-replicas"),
            InferenceReplicas = Replicas(configuration, "inference-replicas"),
            Backend = OneOf(configuration, "backend", Backends),
            TrainerGpus = Gpus(configuration, "trainer-gpus"),
            InferenceGpus = Gpus(configuration, "inference-gpus"),
            Collection = Value(configuration, "collection") ?? "default",
            PublishTarget = OneOf(configuration, "target", [Compose, Kubernetes]) ?? Compose,
        };
    }

    /// <summary>Which GPUs a service may use; none for one that has no use for any.</summary>
    public string? GpusOf(string service) => service switch
    {
        "trainer" => TrainerGpus,
        "inference" => InferenceGpus,
        _ => "none",
    };

    public void Apply(EnvironmentCallbackContext context)
    {
        HostStack.Apply(context);
        Dictionary<string, object> variables = context.EnvironmentVariables;
        variables["Ratchet__Data"] = DataFolder;
        if (Model is not null)
        {
            variables["Model__Base"] = Model;
        }

        string service = context.Resource.Name;
        if (DocumentsFolder is not null && service == "rag")
        {
            variables["Rag__Watch"] = DocumentsFolder;
        }

        int replicas = service switch { "gateway" => GatewayReplicas, "inference" => InferenceReplicas, _ => 1 };
        if (replicas > 1)
        {
            // Each replica takes a folder of its own: gateway-0, gateway-1 ...
            variables["Ratchet__Replicas"] = replicas.ToString(CultureInfo.InvariantCulture);
        }

        if (service is "trainer" or "inference")
        {
            ApplyHardware(variables, GpusOf(service));
        }
    }

    private void ApplyHardware(Dictionary<string, object> variables, string? gpus)
    {
        if (Backend is not null)
        {
            variables["Engine__Backend"] = Backend;
        }

        if (gpus is not null)
        {
            // Empty: no GPU is seen at all.
            variables["CUDA_VISIBLE_DEVICES"] = gpus == "none" ? "" : gpus;
        }
    }

    // "trainer-gpus" is also Ratchet:TrainerGpus, for settings files and variables.
    private static string? Value(ConfigurationManager configuration, string name) =>
        configuration[name] ?? configuration[$"Ratchet:{name.Replace("-", "", StringComparison.Ordinal)}"];

    private static string? OneOf(ConfigurationManager configuration, string name, string[] known)
    {
        string? value = Value(configuration, name)?.ToLowerInvariant();
        return value is null || known.Contains(value)
            ? value
            : throw new ArgumentException($"--{name} is '{value}'; it can be {string.Join(", ", known[..^1])} or {known[^1]}.");
    }

    private static int Replicas(ConfigurationManager configuration, string name) => Value(configuration, name) is not { } value
        ? 1
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= ReplicasMax
            ? count
            : throw new ArgumentException($"--{name} is '{value}'; a whole number from 1 to {ReplicasMax} is needed.");

    private static string? Gpus(ConfigurationManager configuration, string name)
    {
        string? value = Value(configuration, name);
        return value is null or "none" || value.Split(',').All(one => one.Length is > 0 and < 4 && one.All(char.IsAsciiDigit))
            ? value
            : throw new ArgumentException($"--{name} is '{value}'; numbers of GPUs such as 0 or 0,1 are needed, or none.");
    }

    private static string FindSolution()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
