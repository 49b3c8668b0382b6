using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>An adapter on disk as PEFT lays it out; read with suspicion, since people bring their own.</summary>
/// <remarks>
/// <code>
/// adapter_config.json           what is adapted, and how
/// adapter_model.safetensors     base_model.model.NAME.lora_A.weight              [rank, inputs]
///                               base_model.model.NAME.lora_B.weight              [outputs, rank]
///                               base_model.model.NAME.lora_magnitude_vector      [outputs], DoRA
///                               base_model.model.NAME.lora_embedding_A           [rank, vocabulary]
///                               base_model.model.NAME.lora_embedding_B           [hidden, rank]
///                               base_model.model.NAME.weight (.bias)             whole, modules_to_save
/// </code>
/// Beside an adapted embedding PEFT writes the base's own (NAME.base_layer.weight), which must be that of our base.
/// </remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "Tensors go into a list that is disposed of; an adapter goes to the caller or is disposed of where reading fails.")]
internal static unsafe class PeftFolder
{
    private const string Prefix = "base_model.model.";
    private const string BaseLayer = ".base_layer.weight";

    // Half precision in either of two copies of one table.
    private const float BaseRtol = 1e-2f;

    /// <summary>PEFT's words for our settings. "all-linear" is written out, as PEFT does.</summary>
    public static AdapterConfigFile Describe(LoraConfig config, DecoderModel model) => new()
    {
        Rank = config.Rank,
        Alpha = config.Alpha,
        Dropout = config.Dropout,
        RankStabilized = config.RankStabilized,
        WeightDecomposed = config.WeightDecomposed,
        RankPattern = config.RankPattern,
        AlphaPattern = config.AlphaPattern,
        LayersToTransform = config.LayersToTransform,
        ModulesToSave = config.ModulesToSave,
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
            foreach (Part part in Parts(adapter))
            {
                float* from = adapter.Parameters + part.Offset;
                tensors.Add(new(Prefix + part.Name, part.IsTransposed ? Transposed(from, part.Columns, part.Rows) : Copy(from, part)));
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

        var layout = AdapterLayout.Of(file, folder, model);
        using SafetensorsFile weights = Open(path);

        // Before memory is taken: a rank in the settings is only a claim.
        List<Part> parts = [.. Parts(layout.Layers, layout.Embedding, layout.Saved)];
        CheckNames(weights, parts, layout, model, path);
        parts.ForEach(part => CheckShape(weights, part, path));
        var adapter = new LoraAdapter(file, layout, model.Linears.Count);
        try
        {
            foreach (Part part in parts)
            {
                float[] values = Finite(weights, Prefix + part.Name, path);
                var into = new Span<float>(adapter.Parameters + part.Offset, values.Length);
                if (!part.IsTransposed)
                {
                    values.CopyTo(into);
                    continue;
                }

                for (int o = 0; o < part.Rows; o++)
                {
                    for (int r = 0; r < part.Columns; r++)
                    {
                        into[(r * part.Rows) + o] = values[(o * part.Columns) + r];
                    }
                }
            }

            CheckBaseLayer(weights, layout, model, path);
            adapter.UpdateGains(model);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>The tensors of an adapter under PEFT's names, without the prefix, and their places among its parameters.</summary>
    internal static IEnumerable<Part> Parts(LoraAdapter adapter) => Parts(adapter.Layers, adapter.EmbeddingLayer, adapter.Saved);

    private static IEnumerable<Part> Parts(IReadOnlyList<LoraLayer> layers, LoraLayer? embedding, IReadOnlyList<SavedModule> savedModules)
    {
        foreach (LoraLayer layer in layers)
        {
            yield return new Part($"{layer.Name}.lora_A.weight", layer.Rank, layer.Inputs, layer.Offset, false, RankAxis: 0);
            yield return new Part($"{layer.Name}.lora_B.weight", layer.Outputs, layer.Rank, layer.OffsetOfB, true, RankAxis: 1);
            if (layer.HasMagnitude)
            {
                yield return new Part($"{layer.Name}.lora_magnitude_vector", 0, layer.Outputs, layer.OffsetOfMagnitude, false, RankAxis: -1);
            }
        }

        if (embedding is not null)
        {
            yield return new Part($"{embedding.Name}.lora_embedding_A", embedding.Rank, embedding.Inputs, embedding.Offset, false, RankAxis: 0);
            yield return new Part($"{embedding.Name}.lora_embedding_B", embedding.Outputs, embedding.Rank, embedding.OffsetOfB, true, RankAxis: 1);
        }

        foreach (SavedModule saved in savedModules)
        {
            yield return new Part(
                saved.Name, saved.Part == SavedPart.HeadBias ? 0 : saved.Rows, saved.Columns, saved.Offset, false, RankAxis: -1);
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

    private static void CheckNames(SafetensorsFile weights, List<Part> parts, AdapterLayout layout, DecoderModel model, string path)
    {
        var known = new HashSet<string>(parts.Select(p => Prefix + p.Name), StringComparer.Ordinal);
        string baseLayer = layout.Embedding is null ? string.Empty : Prefix + layout.Embedding.Name + BaseLayer;
        foreach (SafetensorsTensorInfo tensor in weights.Tensors.Where(t => !known.Contains(t.Name) && t.Name != baseLayer))
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

    private static void CheckShape(SafetensorsFile weights, Part part, string path)
    {
        weights.TryFindTensor(Prefix + part.Name, out SafetensorsTensorInfo? info);
        int[] needed = part.Rows == 0 ? [part.Columns] : [part.Rows, part.Columns];
        if (info!.Shape.SequenceEqual(needed))
        {
            return;
        }

        bool isRank = part.RankAxis >= 0 && info.Shape.Count == 2 && info.Shape[1 - part.RankAxis] == needed[1 - part.RankAxis];
        throw new AdapterFormatException(
            isRank ? AdapterFault.RankMismatch : AdapterFault.ShapeMismatch, path,
            $"tensor '{Prefix}{part.Name}' is [{string.Join(", ", info.Shape)}]; needed is [{string.Join(", ", needed)}].",
            isRank ? "adapter_config.json and the weights come from different adapters." : "The adapter belongs to another model.");
    }

    // PEFT puts the file's table in place of the base's: another one would change more than the adapter says.
    private static void CheckBaseLayer(SafetensorsFile weights, AdapterLayout layout, DecoderModel model, string path)
    {
        string name = Prefix + layout.Embedding?.Name + BaseLayer;
        if (layout.Embedding is null || !weights.TryFindTensor(name, out SafetensorsTensorInfo? info) || model.TokenEmbedding.Type.BlockSize() > 1)
        {
            return;
        }

        int hidden = model.Config.HiddenSize;
        bool isSame = info.Shape.SequenceEqual([model.Config.VocabularySize, hidden]);
        float[] table = isSame ? Finite(weights, name, path) : [];
        float[] own = new float[hidden];
        for (int row = 0; isSame && row < model.Config.VocabularySize; row++)
        {
            model.TokenEmbedding.DequantizeRow(row, own);
            for (int j = 0; isSame && j < hidden; j++)
            {
                isSame = MathF.Abs(own[j] - table[(row * hidden) + j]) <= BaseRtol * (MathF.Abs(own[j]) + 1e-3f);
            }
        }

        if (!isSame)
        {
            throw new AdapterFormatException(
                AdapterFault.ShapeMismatch, path, $"tensor '{name}' is not the token embedding of the base.",
                "The adapter was trained on a base with other embeddings (a larger vocabulary?); use that base.");
        }
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

    private static Tensor Copy(float* from, Part part)
    {
        var numbers = new ReadOnlySpan<float>(from, Math.Max(1, part.Rows) * part.Columns);
        return part.Rows == 0 ? Tensor.FromFloats(numbers, part.Columns) : Tensor.FromFloats(numbers, part.Rows, part.Columns);
    }

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

    /// <summary>One tensor of the file.</summary>
    /// <param name="Name">Without the prefix.</param>
    /// <param name="Rows">As in the file; 0 for a vector.</param>
    /// <param name="Columns">As in the file.</param>
    /// <param name="Offset">Among the adapter's parameters.</param>
    /// <param name="IsTransposed">Whether memory holds [columns, rows].</param>
    /// <param name="RankAxis">Which axis is the rank; -1 for none.</param>
    internal readonly record struct Part(string Name, int Rows, int Columns, int Offset, bool IsTransposed, int RankAxis);
}
