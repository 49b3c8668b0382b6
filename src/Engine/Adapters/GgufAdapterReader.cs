using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>Reads what <see cref="GgufAdapterWriter"/> and llama.cpp's converter write; with suspicion, since people bring their own.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "The adapter goes to the caller, or is disposed of where reading fails.")]
internal sealed unsafe class GgufAdapterReader
{
    private const string SuffixOfA = ".weight.lora_a";
    private const string SuffixOfB = ".weight.lora_b";
    private const int RankMax = 1024;

    private readonly GgufFile _file;
    private readonly DecoderModel _model;
    private readonly IReadOnlyList<GgufLinear> _names;

    private GgufAdapterReader(GgufFile file, DecoderModel model)
    {
        _file = file;
        _model = model;
        _names = GgufLinear.Of(model);
    }

    /// <summary>Reads an adapter.</summary>
    /// <param name="path">A .gguf file of general.type "adapter".</param>
    /// <param name="model">The base that it must fit.</param>
    /// <exception cref="AdapterFormatException">The file is no LoRA adapter that fits this model.</exception>
    public static LoraAdapter Read(string path, DecoderModel model)
    {
        using GgufFile file = Open(path);
        return new GgufAdapterReader(file, model).Read();
    }

    private static GgufFile Open(string path)
    {
        try
        {
            return GgufFile.Open(path);
        }
        catch (GgufFormatException fault)
        {
            throw new AdapterFormatException(AdapterFault.InvalidFile, path, fault.Message, "Convert the adapter again.");
        }
    }

    private LoraAdapter Read()
    {
        float alpha = CheckKeys();
        List<(GgufLinear Own, int Index, int Rank)> parts = Parts();
        AdapterConfigFile file = Describe(parts, alpha);
        var layout = AdapterLayout.Of(file, _file.Path, _model);
        var adapter = new LoraAdapter(file, layout, _model.Linears.Count);
        try
        {
            foreach (LoraLayer layer in adapter.Layers)
            {
                Fill(adapter, layer, _names[layer.LinearIndex], isEmbedding: false);
            }

            if (adapter.EmbeddingLayer is { } embedding)
            {
                Fill(adapter, embedding, new GgufLinear(GgufAdapterWriter.Embedding, 0), isEmbedding: true);
            }

            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    private float CheckKeys()
    {
        try
        {
            GgufMetadata data = _file.Metadata;
            Require(data.FindString("general.type") == "adapter", AdapterFault.InvalidFile, $"general.type is '{data.FindString("general.type")}', not 'adapter'.", "This file holds a model; give an adapter.");
            Require(data.FindString("adapter.type") == "lora", AdapterFault.UnsupportedAdapter, $"adapter.type is '{data.FindString("adapter.type")}', not 'lora'.", "Only LoRA is applied.");
            Require(!data.Contains("adapter.alora.invocation_tokens"), AdapterFault.UnsupportedAdapter, "it is active after certain tokens only (aLoRA), which this engine does not do.", "Train a plain LoRA adapter.");
            string architecture = data.GetString("general.architecture");
            string own = DecoderFamily.Of(_model.Config.Architecture).WrittenAs!;
            Require(architecture == own, AdapterFault.ShapeMismatch, $"general.architecture is '{architecture}', and the base is '{own}'.", "The adapter belongs to another model.");
            return data.GetFloat("adapter.lora.alpha");
        }
        catch (GgufFormatException fault)
        {
            throw new AdapterFormatException(AdapterFault.InvalidSetting, _file.Path, fault.Message, "Convert the adapter again.");
        }
    }

    private List<(GgufLinear Own, int Index, int Rank)> Parts()
    {
        var indexOf = new Dictionary<string, int>(StringComparer.Ordinal) { [GgufAdapterWriter.Embedding] = -1 };
        for (int i = 0; i < _names.Count; i++)
        {
            indexOf[_names[i].Name] = i;
        }

        var parts = new List<(GgufLinear Own, int Index, int Rank)>();
        foreach (GgufTensorInfo tensor in _file.Tensors)
        {
            // Converters copy norms along; llama.cpp leaves them unread too.
            if (tensor.Name.EndsWith("_norm.weight", StringComparison.Ordinal))
            {
                continue;
            }

            bool isA = tensor.Name.EndsWith(SuffixOfA, StringComparison.Ordinal);
            string name = isA || tensor.Name.EndsWith(SuffixOfB, StringComparison.Ordinal) ? tensor.Name[..^SuffixOfA.Length] : string.Empty;
            Require(
                indexOf.TryGetValue(name, out int index), AdapterFault.UnknownTensor, $"tensor '{tensor.Name}' belongs to no layer of the base that can be adapted.",
                "The adapter belongs to another model.");
            string other = name + (isA ? SuffixOfB : SuffixOfA);
            Require(_file.TryFindTensor(other, out _), AdapterFault.MissingTensor, $"there is no tensor '{other}' beside '{tensor.Name}'.", "Convert the adapter again.");
            if (isA)
            {
                parts.Add((index < 0 ? new GgufLinear(name, 0) : _names[index], index, CheckShapes(name, index)));
            }
        }

        Require(parts.Count > 0, AdapterFault.MissingTensor, "it has no pair of lora_a and lora_b.", "Convert the adapter again.");
        return parts;
    }

    private int CheckShapes(string name, int index)
    {
        bool isEmbedding = index < 0;
        int inputs = isEmbedding ? _model.Config.VocabularySize : _model.Linears[index].Inputs;
        int outputs = isEmbedding ? _model.Config.HiddenSize : _model.Linears[index].Outputs;
        _file.TryFindTensor(name + SuffixOfA, out GgufTensorInfo? a);
        _file.TryFindTensor(name + SuffixOfB, out GgufTensorInfo? b);
        Require(a!.Shape.Count == 2 && b!.Shape.Count == 2, AdapterFault.ShapeMismatch, $"the pair of '{name}' has not two dimensions each.", "Convert the adapter again.");
        int rank = isEmbedding ? a.Shape[1] : a.Shape[0];
        Require(
            (isEmbedding ? a.Shape[0] : a.Shape[1]) == inputs && b!.Shape[0] == outputs, AdapterFault.ShapeMismatch,
            $"the pair of '{name}' is [{string.Join(", ", a.Shape)}] and [{string.Join(", ", b!.Shape)}]; the layer takes {inputs} and gives {outputs}.",
            "The adapter belongs to another model.");
        Require(
            b!.Shape[1] == rank, AdapterFault.RankMismatch, $"A and B of '{name}' have the ranks {rank} and {b.Shape[1]}.", "Convert the adapter again.");
        Require(rank <= RankMax, AdapterFault.InvalidSetting, $"the rank of '{name}' is {rank}; at most {RankMax} is computed.", "Choose a smaller rank.");
        return rank;
    }

    // PEFT's words for the same adapter, so that it can be saved as a folder.
    private AdapterConfigFile Describe(List<(GgufLinear Own, int Index, int Rank)> parts, float alpha)
    {
        int usual = parts.GroupBy(p => p.Rank).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
        var ranks = parts.Where(p => p.Rank != usual).ToDictionary(p => NameOf(p.Index), p => p.Rank);
        var adapted = parts.Select(p => NameOf(p.Index)).ToHashSet(StringComparer.Ordinal);
        string[] modules = [.. parts.Where(p => p.Index >= 0).Select(p => _model.Linears[p.Index].Module).Distinct().Order(StringComparer.Ordinal)];
        bool isWhole = _model.Linears.All(l => adapted.Contains(l.Name) == modules.Contains(l.Module));
        return new AdapterConfigFile
        {
            Rank = usual,

            // Without an alpha the product counts as it is.
            Alpha = alpha == 0f ? usual : alpha,
            RankPattern = ranks,
            AlphaPattern = alpha == 0f ? ranks.ToDictionary(e => e.Key, e => (double)e.Value) : [],
            TargetModules = isWhole
                ? [.. modules, .. parts.Where(p => p.Index < 0).Select(p => NameOf(p.Index))]
                : [.. adapted.Order(StringComparer.Ordinal)],
        };
    }

    private string NameOf(int index) => index < 0 ? _model.PartNames.TokenEmbedding : _model.Linears[index].Name;

    private void Fill(LoraAdapter adapter, LoraLayer layer, GgufLinear own, bool isEmbedding)
    {
        float[] a = Numbers(own.Name + SuffixOfA);
        float[] b = Numbers(own.Name + SuffixOfB);
        float* intoA = adapter.Parameters + layer.Offset;
        for (int i = 0; i < a.Length; i++)
        {
            intoA[isEmbedding ? ((long)(i % layer.Rank) * layer.Inputs) + (i / layer.Rank) : i] = a[i];
        }

        float* intoB = adapter.Parameters + layer.OffsetOfB;
        for (int row = 0; row < layer.Outputs; row++)
        {
            int output = own.RowOf(row, layer.Outputs);
            for (int r = 0; r < layer.Rank; r++)
            {
                intoB[((long)r * layer.Outputs) + output] = b[(row * layer.Rank) + r];
            }
        }
    }

    private float[] Numbers(string name)
    {
        using Tensor tensor = _file.ReadTensor(name);
        float[] numbers = new float[tensor.Count];
        BlockCodec.Dequantize(tensor.Type, tensor.Bytes, numbers);
        int at = Array.FindIndex(numbers, v => !float.IsFinite(v));
        Require(at < 0, AdapterFault.InvalidTensor, $"tensor '{name}' holds {(at < 0 ? 0 : numbers[at])} at element {at}.", "Its training diverged; choose an earlier checkpoint.");
        return numbers;
    }

    private void Require(bool holds, AdapterFault fault, string problem, string remedy)
    {
        if (!holds)
        {
            throw new AdapterFormatException(fault, _file.Path, problem, remedy);
        }
    }
}
