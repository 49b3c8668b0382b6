using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>An adapter on disk as PEFT lays it out; read with suspicion, since people bring their own.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "Tensors go into a list that is disposed of; an adapter goes to the caller or is disposed of where reading fails.")]
internal static unsafe class PeftFolder
{
    private const string Prefix = "base_model.model.";
    private const string SuffixOfA = ".lora_A.weight";
    private const string SuffixOfB = ".lora_B.weight";
    private const int RankMax = 1024;

    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    /// <summary>PEFT's words for our settings. "all-linear" is written out, as PEFT does.</summary>
    public static AdapterConfigFile Describe(LoraConfig config, DecoderModel model) => new()
    {
        Rank = config.Rank,
        Alpha = config.Alpha,
        Dropout = config.Dropout,
        RankStabilized = config.RankStabilized,
        TargetModules = config.TargetModules.Contains(LoraConfig.AllLinear)
            ? [.. model.Linears.Select(l => l.Module).Distinct().Order(StringComparer.Ordinal)]
            : config.TargetModules,
    };

    public static void Save(LoraAdapter adapter, string folder, string? baseModelName)
    {
        Directory.CreateDirectory(folder);
        var tensors = new List<KeyValuePair<string, Tensor>>();
        try
        {
            foreach (LoraLayer layer in adapter.Layers)
            {
                tensors.Add(new(Prefix + layer.Name + SuffixOfA, Copy(adapter.Parameters + layer.Offset, layer.Rank, layer.Inputs)));
                tensors.Add(new(Prefix + layer.Name + SuffixOfB, Transposed(adapter.Parameters + layer.OffsetOfB, layer.Rank, layer.Outputs)));
            }

            SafetensorsWriter.Write(
                Path.Combine(folder, AdapterConfigFile.WeightsFileName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        }
        finally
        {
            foreach ((_, Tensor tensor) in tensors)
            {
                tensor.Dispose();
            }
        }

        AdapterConfigFile file = baseModelName is null ? adapter.File : adapter.File with { BaseModel = baseModelName };
        file.Write(folder);
    }

    public static LoraAdapter Load(string folder, DecoderModel model)
    {
        var file = AdapterConfigFile.Read(folder);
        string path = Path.Combine(folder, AdapterConfigFile.WeightsFileName);
        if (!File.Exists(path))
        {
            throw new AdapterFormatException(
                AdapterFault.MissingFile, path, "the adapter's weights are not there.", "Copy the whole adapter folder.");
        }

        RefuseWhatIsNotLora(file, folder);
        LinearLayer[] targets = Targets(file, folder, model);
        using SafetensorsFile weights = Open(path);
        CheckNames(weights, targets, model, path);
        List<LoraLayer> layers = Layers(file, weights, targets, path);
        var adapter = new LoraAdapter(file, layers, model.Linears.Count);
        try
        {
            foreach (LoraLayer layer in layers)
            {
                Finite(weights, Prefix + layer.Name + SuffixOfA, path).CopyTo(Span(adapter, layer.Offset, layer.Rank * layer.Inputs));
                float[] b = Finite(weights, Prefix + layer.Name + SuffixOfB, path);
                float* into = adapter.Parameters + layer.OffsetOfB;
                for (int o = 0; o < layer.Outputs; o++)
                {
                    for (int r = 0; r < layer.Rank; r++)
                    {
                        into[((long)r * layer.Outputs) + o] = b[(o * layer.Rank) + r];
                    }
                }
            }

            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    private static SafetensorsFile Open(string path)
    {
        try
        {
            return SafetensorsFile.Open(path);
        }
        catch (SafetensorsFormatException fault)
        {
            throw new AdapterFormatException(AdapterFault.InvalidFile, path, fault.Message, "Save the adapter again.");
        }
    }

    private static void RefuseWhatIsNotLora(AdapterConfigFile file, string folder)
    {
        string? found = file switch
        {
            { WeightDecomposed: true } => "it learns magnitudes beside directions (use_dora)",
            { ModulesToSave.Count: > 0 } => $"it replaces whole modules ({string.Join(", ", file.ModulesToSave)})",
            { FanInFanOut: true } => "its base keeps weights as [inputs, outputs] (fan_in_fan_out)",
            _ => null,
        };
        if (found is not null)
        {
            throw new AdapterFormatException(
                AdapterFault.UnsupportedAdapter, folder, $"{found}, which this engine does not apply.",
                "Merge it with PEFT, or train a plain LoRA adapter.");
        }
    }

    private static LinearLayer[] Targets(AdapterConfigFile file, string folder, DecoderModel model)
    {
        Regex? pattern = null;
        if (file.TargetPattern is { } text && text != LoraConfig.AllLinear)
        {
            try
            {
                pattern = new Regex($"^(?:{text})$", RegexOptions.CultureInvariant, PatternTime);
            }
            catch (ArgumentException fault)
            {
                throw new AdapterFormatException(
                    AdapterFault.InvalidSetting, folder, $"target_modules is no regular expression: {fault.Message}",
                    "Give a list of module names.");
            }
        }

        LinearLayer[] targets = [.. model.Linears.Where(IsTarget)];
        if (targets.Length == 0)
        {
            throw new AdapterFormatException(
                AdapterFault.UnknownTarget, folder, $"target_modules ({file.TargetPattern ?? string.Join(", ", file.TargetModules)}) matches no layer.",
                $"The base has {string.Join(", ", model.Linears.Select(l => l.Module).Distinct())}; the adapter belongs to another model.");
        }

        string[] strange = [.. file.TargetModules.Where(entry => !model.Linears.Any(l => LoraConfig.IsMatch(l.Name, entry)))];
        return strange.Length == 0
            ? targets
            : throw new AdapterFormatException(
                AdapterFault.UnknownTarget, folder, $"target_modules names {string.Join(", ", strange)}, which the base does not have.",
                $"The base has {string.Join(", ", model.Linears.Select(l => l.Module).Distinct())}.");

        bool IsTarget(LinearLayer linear)
        {
            bool named = file.TargetPattern == LoraConfig.AllLinear
                || (pattern is null ? file.TargetModules.Any(entry => LoraConfig.IsMatch(linear.Name, entry)) : pattern.IsMatch(linear.Name));
            return named && !file.ExcludeModules.Any(entry => LoraConfig.IsMatch(linear.Name, entry)) && IsInLayers(file, linear.Name);
        }
    }

    private static bool IsInLayers(AdapterConfigFile file, string name)
    {
        if (file.LayersToTransform.Count == 0)
        {
            return true;
        }

        string[] parts = name.Split('.');
        int at = Array.FindIndex(parts, part => int.TryParse(part, out _));
        return at > 0
            && (file.LayersPattern.Count == 0 || file.LayersPattern.Contains(parts[at - 1]))
            && file.LayersToTransform.Contains(int.Parse(parts[at], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void CheckNames(SafetensorsFile weights, LinearLayer[] targets, DecoderModel model, string path)
    {
        var known = new HashSet<string>(targets.SelectMany(t => new[] { Prefix + t.Name + SuffixOfA, Prefix + t.Name + SuffixOfB }));
        foreach (SafetensorsTensorInfo tensor in weights.Tensors.Where(t => !known.Contains(t.Name)))
        {
            bool isOfModel = model.Linears.Any(l => tensor.Name.StartsWith(Prefix + l.Name + ".", StringComparison.Ordinal));
            throw new AdapterFormatException(
                AdapterFault.UnknownTensor, path, $"tensor '{tensor.Name}' belongs to no target of the adapter.",
                isOfModel ? "adapter_config.json and the weights come from different adapters." : "The adapter belongs to another model.");
        }

        foreach (string name in known.Where(name => !weights.TryFindTensor(name, out _)).Order(StringComparer.Ordinal))
        {
            throw new AdapterFormatException(
                AdapterFault.MissingTensor, path, $"there is no tensor '{name}', though adapter_config.json targets its layer.",
                "Save the adapter again.");
        }
    }

    private static List<LoraLayer> Layers(AdapterConfigFile file, SafetensorsFile weights, LinearLayer[] targets, string path)
    {
        var layers = new List<LoraLayer>();
        int offset = 0;
        foreach (LinearLayer linear in targets)
        {
            int rank = Pattern(file.RankPattern, linear.Name, file.Rank);
            double alpha = Pattern(file.AlphaPattern, linear.Name, file.Alpha);
            Check(linear.Name + SuffixOfA, rank, linear.Inputs, rankAxis: 0);
            Check(linear.Name + SuffixOfB, linear.Outputs, rank, rankAxis: 1);
            float scale = (float)(alpha / (file.RankStabilized ? Math.Sqrt(rank) : rank));
            layers.Add(new LoraLayer(linear.Name, linear.Index, linear.Inputs, linear.Outputs, rank, scale, offset));
            offset = checked(offset + layers[^1].Count);
        }

        return layers;

        void Check(string name, int rows, int columns, int rankAxis)
        {
            weights.TryFindTensor(Prefix + name, out SafetensorsTensorInfo? info);
            IReadOnlyList<long> shape = [.. info!.Shape.Select(d => (long)d)];
            if (shape.Count == 2 && shape[0] == rows && shape[1] == columns && Math.Min(rows, columns) <= RankMax)
            {
                return;
            }

            bool isRank = shape.Count == 2 && shape[1 - rankAxis] == (rankAxis == 0 ? columns : rows);
            throw new AdapterFormatException(
                isRank ? AdapterFault.RankMismatch : AdapterFault.ShapeMismatch, path,
                $"tensor '{Prefix}{name}' is [{string.Join(", ", shape)}]; needed is [{rows}, {columns}].",
                isRank ? "adapter_config.json and the weights come from different adapters." : "The adapter belongs to another model.");
        }
    }

    private static T Pattern<T>(IReadOnlyDictionary<string, T> patterns, string name, T usual)
    {
        foreach ((string key, T value) in patterns)
        {
            if (LoraConfig.IsMatch(name, key) || Regex.IsMatch(name, $"^(?:.*\\.)?(?:{key})$", RegexOptions.CultureInvariant, PatternTime))
            {
                return value;
            }
        }

        return usual;
    }

    private static float[] Finite(SafetensorsFile weights, string name, string path)
    {
        float[] values;
        try
        {
            values = weights.ReadFloats(name);
        }
        catch (SafetensorsFormatException fault)
        {
            throw new AdapterFormatException(AdapterFault.InvalidTensor, path, fault.Message, "Save the adapter in F32, F16 or BF16.");
        }

        int at = Array.FindIndex(values, v => !float.IsFinite(v));
        return at < 0
            ? values
            : throw new AdapterFormatException(
                AdapterFault.InvalidTensor, path, $"tensor '{name}' holds {values[at]} at element {at}.",
                "Its training diverged; choose an earlier checkpoint.");
    }

    private static Span<float> Span(LoraAdapter adapter, int offset, int count) => new(adapter.Parameters + offset, count);

    private static Tensor Copy(float* from, int rows, int columns) => Tensor.FromFloats(new ReadOnlySpan<float>(from, rows * columns), rows, columns);

    private static Tensor Transposed(float* from, int rows, int columns)
    {
        var tensor = new Tensor(ElementType.F32, columns, rows);
        Span<float> into = tensor.Floats;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                into[(column * rows) + row] = from[((long)row * columns) + column];
            }
        }

        return tensor;
    }
}
