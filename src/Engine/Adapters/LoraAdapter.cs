using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Kernels;
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
    private readonly int[] _layerOfLinear;

    internal LoraAdapter(AdapterConfigFile file, IReadOnlyList<LoraLayer> layers, int linearCount)
    {
        File = file;
        Layers = layers;
        ParameterCount = layers.Count == 0 ? 0 : layers[^1].Offset + layers[^1].Count;
        RankMax = layers.Count == 0 ? 0 : layers.Max(l => l.Rank);
        _parameters = new NativeBuffer((long)ParameterCount * sizeof(float));
        _layerOfLinear = new int[linearCount];
        Array.Fill(_layerOfLinear, -1);
        for (int i = 0; i < layers.Count; i++)
        {
            _layerOfLinear[layers[i].LinearIndex] = i;
        }
    }

    /// <summary>The settings that it was made with.</summary>
    public LoraConfig Config => new()
    {
        Rank = File.Rank,
        Alpha = (float)File.Alpha,
        Dropout = (float)File.Dropout,
        RankStabilized = File.RankStabilized,
        TargetModules = File.TargetPattern is { } pattern ? [pattern] : File.TargetModules,
    };

    /// <summary>Its settings as PEFT writes them.</summary>
    public AdapterConfigFile File { get; }

    /// <summary>The adapted layers in the order of the model.</summary>
    public IReadOnlyList<LoraLayer> Layers { get; }

    /// <inheritdoc/>
    public int RankMax { get; }

    /// <summary>Numbers that training moves.</summary>
    public int ParameterCount { get; }

    /// <summary>Bytes of memory.</summary>
    public long ByteLength => _parameters.Length;

    /// <summary>All factors; see <see cref="LoraLayer.Offset"/>.</summary>
    internal float* Parameters => (float*)_parameters.Pointer;

    /// <summary>Makes an adapter that changes nothing yet: A by chance, B zero.</summary>
    /// <remarks>A is uniform within 1/√inputs, PEFT's default (Kaiming with a = √5), from a counter-based generator.</remarks>
    /// <param name="model">The base.</param>
    /// <param name="config">Rank, α and targets.</param>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or no layer is a target.</exception>
    public static LoraAdapter Create(DecoderModel model, LoraConfig config, ulong seed)
    {
        config.Validated();
        var layers = new List<LoraLayer>();
        int offset = 0;
        foreach (LinearLayer linear in model.Linears.Where(l => config.Targets(l.Name)))
        {
            layers.Add(new LoraLayer(linear.Name, linear.Index, linear.Inputs, linear.Outputs, config.Rank, config.Scale, offset));
            offset = checked(offset + layers[^1].Count);
        }

        new ConfigCheck(nameof(LoraConfig))
            .Require(
                layers.Count > 0,
                $"TargetModules is {string.Join(", ", config.TargetModules)}, which names no layer of the model. "
                + $"It has {string.Join(", ", model.Linears.Select(l => l.Module).Distinct())}.")
            .Accept(config);
        var adapter = new LoraAdapter(PeftFolder.Describe(config, model), layers, model.Linears.Count);
        foreach (LoraLayer layer in layers)
        {
            float bound = 1f / MathF.Sqrt(layer.Inputs);
            ulong key = DropoutKernel.Key(seed, (ulong)layer.LinearIndex);
            float* a = adapter.Parameters + layer.Offset;
            for (int i = 0; i < layer.Rank * layer.Inputs; i++)
            {
                float unit = (DropoutKernel.Key(key, (ulong)i) >> 40) * (1f / (1 << 24));
                a[i] = ((2f * unit) - 1f) * bound;
            }
        }

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

    /// <inheritdoc/>
    public LowRankFactors Factors(int linearIndex)
    {
        int at = _layerOfLinear[linearIndex];
        if (at < 0)
        {
            return default;
        }

        LoraLayer layer = Layers[at];
        return new LowRankFactors(Parameters + layer.Offset, Parameters + layer.OffsetOfB, layer.Rank, layer.Scale);
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
    public void Dispose() => _parameters.Dispose();

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
