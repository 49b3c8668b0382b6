using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>Low-rank additions to the linear layers of a model. One adapter may serve any number of sequences and runners.</summary>
/// <remarks>
/// All factors lie in one block, A as [rank, inputs] and B transposed as [rank, outputs]: an optimiser walks over them in one go, and the
/// kernels read both alike. Files have B as [outputs, rank], as PEFT does.
/// </remarks>
public sealed unsafe class LoraAdapter : ILowRankAdapter, IDisposable
{
    private readonly NativeBuffer _parameters;
    private readonly LoraGains? _gains;
    private readonly int[] _layerOfLinear;
    private RoundedFactors? _rounded;

    internal LoraAdapter(AdapterConfigFile file, AdapterLayout layout, int linearCount)
    {
        File = file;
        Layers = layout.Layers;
        EmbeddingLayer = layout.Embedding;
        Saved = layout.Saved;
        ParameterCount = layout.Count;
        RankMax = Layers.Append(EmbeddingLayer).Max(l => l?.Rank ?? 0);
        _parameters = new NativeBuffer((long)ParameterCount * sizeof(float));
        _layerOfLinear = new int[linearCount];
        Array.Fill(_layerOfLinear, -1);
        for (int i = 0; i < Layers.Count; i++)
        {
            _layerOfLinear[Layers[i].LinearIndex] = i;
        }

        HasMagnitudes = Layers.Any(l => l.HasMagnitude);
        _gains = HasMagnitudes ? new LoraGains(Layers) : null;
    }

    /// <summary>The settings that it was made with.</summary>
    public LoraConfig Config => new()
    {
        Rank = File.Rank,
        Alpha = (float)File.Alpha,
        Dropout = (float)File.Dropout,
        RankStabilized = File.RankStabilized,
        WeightDecomposed = File.WeightDecomposed,
        TargetModules = File.TargetPattern is { } pattern ? [pattern] : File.TargetModules,
        RankPattern = File.RankPattern,
        AlphaPattern = File.AlphaPattern,
        LayersToTransform = File.LayersToTransform,
        ModulesToSave = File.ModulesToSave,
    };

    /// <summary>Its settings as PEFT writes them.</summary>
    public AdapterConfigFile File { get; }

    /// <summary>The adapted layers in the order of the model.</summary>
    public IReadOnlyList<LoraLayer> Layers { get; }

    /// <summary>The adapted token embedding, or null.</summary>
    public LoraLayer? EmbeddingLayer { get; }

    /// <summary>Weights that the adapter has whole, in place of the model's.</summary>
    public IReadOnlyList<SavedModule> Saved { get; }

    /// <inheritdoc/>
    public int RankMax { get; }

    /// <inheritdoc/>
    public bool HasMagnitudes { get; }

    /// <inheritdoc/>
    public float* Head => Part(SavedHead);

    /// <inheritdoc/>
    public float* HeadBias => Part(SavedHeadBias);

    /// <inheritdoc/>
    public float* Embedding => Part(SavedEmbedding);

    /// <inheritdoc/>
    public LowRankFactors EmbeddingFactors => EmbeddingLayer is { } layer
        ? new LowRankFactors(Parameters + layer.Offset, Parameters + layer.OffsetOfB, layer.Rank, layer.Scale)
        : default;

    /// <summary>Numbers that training moves.</summary>
    public int ParameterCount { get; }

    /// <summary>Bytes of memory.</summary>
    public long ByteLength => _parameters.Length + (_gains?.ByteLength ?? 0) + (_rounded?.ByteLength ?? 0);

    /// <summary>All factors; see <see cref="LoraLayer.Offset"/>.</summary>
    internal float* Parameters => (float*)_parameters.Pointer;

    /// <summary>Where the head begins among the parameters, or -1.</summary>
    internal int SavedHead => OffsetOf(SavedPart.Head);

    /// <summary>Where the head's bias begins among the parameters, or -1.</summary>
    internal int SavedHeadBias => OffsetOf(SavedPart.HeadBias);

    /// <summary>Where the token embedding begins among the parameters, or -1.</summary>
    internal int SavedEmbedding => OffsetOf(SavedPart.Embedding);

    /// <summary>Whether the gradient of token embeddings is asked for.</summary>
    internal bool LearnsEmbedding => EmbeddingLayer is not null || SavedEmbedding >= 0;

    /// <summary>Makes an adapter that changes nothing yet: A by chance, B zero.</summary>
    /// <remarks>A is uniform within 1/√inputs, PEFT's default (Kaiming with a = √5), from a counter-based generator.</remarks>
    /// <param name="model">The base.</param>
    /// <param name="config">Rank, α and targets.</param>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or no layer is a target.</exception>
    public static LoraAdapter Create(DecoderModel model, LoraConfig config, ulong seed)
    {
        config.Validated();
        new ConfigCheck(nameof(LoraConfig))
            .Require(
                model.Linears.Any(l => config.Targets(l.Name)) || config.Targets(model.PartNames.TokenEmbedding, isLinear: false),
                $"TargetModules is {string.Join(", ", config.TargetModules)}, which names no layer of the model. "
                + $"It has {string.Join(", ", model.Linears.Select(l => l.Module).Distinct())}.")
            .Accept(config);
        AdapterConfigFile file = PeftFolder.Describe(config, model);
        var adapter = new LoraAdapter(file, AdapterLayout.Of(file, nameof(LoraConfig), model), model.Linears.Count);
        AdapterBeginning.Fill(adapter, model, seed);
        return adapter;
    }

    /// <summary>Reads a PEFT folder.</summary>
    /// <param name="peftFolder">With adapter_config.json and adapter_model.safetensors.</param>
    /// <param name="model">The base that it must fit.</param>
    /// <exception cref="AdapterFormatException">The folder is not a LoRA adapter that fits this model.</exception>
    public static LoraAdapter Load(string peftFolder, DecoderModel model) => PeftFolder.Load(peftFolder, model);

    /// <summary>Writes a PEFT folder: the same adapter gives the same bytes.</summary>
    /// <param name="peftFolder">Made where it is not there.</param>
    /// <param name="baseModelName">What adapter_config.json calls the base; null keeps the name it has.</param>
    public void Save(string peftFolder, string? baseModelName = null) => PeftFolder.Save(this, peftFolder, baseModelName);

    /// <summary>Reads a GGUF adapter, as llama.cpp and Ollama use them.</summary>
    /// <param name="path">A .gguf file of general.type "adapter".</param>
    /// <param name="model">The base that it must fit.</param>
    /// <exception cref="AdapterFormatException">The file is no LoRA adapter that fits this model.</exception>
    public static LoraAdapter LoadGguf(string path, DecoderModel model) => GgufAdapterReader.Read(path, model);

    /// <summary>Writes a GGUF adapter: rank-stabilised scales become another alpha, scales of single layers go into B.</summary>
    /// <param name="path">The file; one that is there is replaced, whole or not at all.</param>
    /// <param name="model">The base.</param>
    /// <param name="type">How the factors are stored; those whose rows the type's blocks do not divide stay F32.</param>
    /// <exception cref="ModelExportException">The adapter has magnitudes (DoRA) or whole weights, which the format cannot tell.</exception>
    public void SaveGguf(string path, DecoderModel model, ElementType type = ElementType.F32) => GgufAdapterWriter.Write(this, model, path, type);

    /// <inheritdoc/>
    public LowRankFactors Factors(int linearIndex)
    {
        int at = _layerOfLinear[linearIndex];
        if (at < 0)
        {
            return default;
        }

        LoraLayer layer = Layers[at];
        return new LowRankFactors(
            Parameters + layer.Offset, Parameters + layer.OffsetOfB, layer.Rank, layer.Scale, layer.HasMagnitude ? _gains!.Gain(at) : null,
            _rounded?.A(at), _rounded?.B(at));
    }

    /// <summary>
    /// Makes factors in bytes beside the others, for runners that compute in integers: an adapter then costs a quarter of the memory
    /// traffic. They hold the numbers of now; an adapter that is still being trained has none.
    /// </summary>
    public void RoundForServing()
    {
        RoundedFactors? old = _rounded;
        _rounded = new RoundedFactors(this);
        old?.Dispose();
    }

    /// <summary>1 / norm of each output of a layer with magnitudes.</summary>
    internal float* InverseNorms(int layer) => _gains!.InverseNorm(layer);

    /// <summary>Computes the gains anew where the factors have moved; nothing where there are no magnitudes.</summary>
    internal void UpdateGains(DecoderModel model)
    {
        for (int i = 0; HasMagnitudes && i < Layers.Count; i++)
        {
            _gains!.Update(i, Layers[i], Parameters, model.Linears[Layers[i].LinearIndex].Weight);
        }
    }

    /// <summary>The layer's place among <see cref="Layers"/>, or -1.</summary>
    internal int LayerOf(int linearIndex) => _layerOfLinear[linearIndex];

    /// <summary>How far the adapter moves each layer: the Frobenius norm of scale · B·A.</summary>
    /// <remarks>Σ over r, s of (BᵀB)[r,s] · (AAᵀ)[r,s]: the product itself is never made.</remarks>
    public IReadOnlyList<LoraUpdateNorm> UpdateNorms()
        => [.. Layers.Select(layer => new LoraUpdateNorm(layer.Name, UpdateNorm(layer)))];

    /// <summary>Puts weights with the adapter added, in single precision, in place of the model's. Nothing may run meanwhile.</summary>
    /// <param name="model">The base.</param>
    /// <returns>What changed; undoes it when disposed of.</returns>
    public MergedAdapter MergeInto(DecoderModel model) => new(this, model);

    /// <inheritdoc/>
    public void Dispose()
    {
        _parameters.Dispose();
        _gains?.Dispose();
        _rounded?.Dispose();
    }

    private int OffsetOf(SavedPart part)
    {
        for (int i = 0; i < Saved.Count; i++)
        {
            if (Saved[i].Part == part)
            {
                return Saved[i].Offset;
            }
        }

        return -1;
    }

    private float* Part(int offset) => offset < 0 ? null : Parameters + offset;

    private double UpdateNorm(LoraLayer layer)
    {
        float* a = Parameters + layer.Offset;
        float* b = Parameters + layer.OffsetOfB;
        double sum = 0;
        for (int r = 0; r < layer.Rank; r++)
        {
            for (int s = 0; s < layer.Rank; s++)
            {
                sum += Dot(a + ((long)r * layer.Inputs), a + ((long)s * layer.Inputs), layer.Inputs)
                    * Dot(b + ((long)r * layer.Outputs), b + ((long)s * layer.Outputs), layer.Outputs);
            }
        }

        return layer.Scale * Math.Sqrt(Math.Max(0, sum));
    }

    private static double Dot(float* x, float* y, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }
}
