using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Training;

/// <summary>Which weights of a model learn, and where the gradient of each lies among all gradients.</summary>
/// <remarks>
/// Gradients and moments are row-major. Weights stay in the model's tiles; those that are stored in blocks or half precision become
/// single precision here, since a step is far smaller than their rounding.
/// </remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "Tensors to be written go into a list that is disposed of; layers own their new weights.")]
internal sealed class TrainableWeights
{
    /// <summary>The weights in a checkpoint, beside the moments.</summary>
    public const string FileName = "weights.safetensors";

    private readonly Dictionary<object, Part> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly List<TrainableWeight> _weights = [];

    /// <summary>Chooses weights and makes them single precision.</summary>
    /// <param name="model">Changed: it is this model that learns.</param>
    /// <param name="firstBlock">Blocks from here on learn.</param>
    /// <param name="hasEnds">Whether embeddings, final norm and head learn too.</param>
    public TrainableWeights(DecoderModel model, int firstBlock, bool hasEnds)
    {
        FirstBlock = firstBlock;
        HasEmbedding = hasEnds;
        if (hasEnds)
        {
            MakeEndsSingle(model);
            TokenEmbedding = Matrix(model.PartNames.TokenEmbedding, model.TokenEmbedding);
            PositionEmbedding = model.PositionEmbedding is { } table ? Vector(model.PartNames.PositionEmbedding + ".weight", table) : -1;
        }

        foreach (DecoderBlock block in model.Blocks.Skip(firstBlock))
        {
            foreach (LinearLayer layer in block.Linears)
            {
                MakeSingle(layer);
                _parts[layer] = new Part(
                    Matrix(layer.Name, layer.Weight, layer.IsStoredTransposed), layer.Bias is { } bias ? Vector(layer.Name + ".bias", bias) : -1);
            }

            foreach (NormLayer norm in block.Norms)
            {
                Add(norm);
            }
        }

        if (hasEnds)
        {
            Add(model.FinalNorm);
            Head = ReferenceEquals(model.Head, model.TokenEmbedding) ? TokenEmbedding : Matrix(model.PartNames.Head, model.Head);
            HeadBias = model.HeadBias is { } bias ? Vector(model.PartNames.Head + ".bias", bias) : -1;
        }
    }

    /// <summary>All of them in the order of their gradients.</summary>
    public IReadOnlyList<TrainableWeight> Weights => _weights;

    /// <summary>Numbers of all weights.</summary>
    public long Count { get; private set; }

    /// <summary>The first block that learns.</summary>
    public int FirstBlock { get; }

    /// <summary>Whether the embeddings learn.</summary>
    public bool HasEmbedding { get; }

    /// <summary>Place of the gradient, or -1.</summary>
    public long TokenEmbedding { get; } = -1;

    /// <summary>Place of the gradient, or -1.</summary>
    public long PositionEmbedding { get; } = -1;

    /// <summary>Place of the gradient, or -1; that of the token embedding where both are one.</summary>
    public long Head { get; } = -1;

    /// <summary>Place of the gradient, or -1.</summary>
    public long HeadBias { get; } = -1;

    /// <summary>Where the gradients of a linear layer or a norm lie.</summary>
    public Part Of(object layer) => _parts.TryGetValue(layer, out Part part) ? part : Part.Frozen;

    /// <summary>Writes the weights under the names of the model's own files.</summary>
    public void Save(string folder)
    {
        List<KeyValuePair<string, Tensor>> tensors = [];
        try
        {
            foreach (TrainableWeight weight in _weights)
            {
                tensors.Add(new(weight.Name, weight.ToStored()));
            }

            SafetensorsWriter.Write(
                Path.Combine(folder, FileName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        }
        finally
        {
            tensors.ForEach(t => t.Value.Dispose());
        }
    }

    /// <summary>Goes back to what <see cref="Save"/> wrote; nothing is changed where it does not fit.</summary>
    /// <exception cref="CheckpointException">It does not fit.</exception>
    public void Restore(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        foreach (TrainableWeight weight in _weights)
        {
            if (!file.TryFindTensor(weight.Name, out SafetensorsTensorInfo? info) || info.Count != weight.Count)
            {
                throw new CheckpointException(
                    folder, $"its weight '{weight.Name}' has {info?.Count ?? 0} numbers; the run has {weight.Count}.",
                    "Resume with the settings that the run was started with.");
            }
        }

        foreach (TrainableWeight weight in _weights)
        {
            weight.Restore(file.ReadFloats(weight.Name));
        }
    }

    private static void MakeEndsSingle(DecoderModel model)
    {
        bool isTied = ReferenceEquals(model.Head, model.TokenEmbedding);
        if (model.TokenEmbedding.Type != ElementType.F32)
        {
            model.ExchangeEmbedding(model.TokenEmbedding.ToSingle()).Dispose();
        }

        if (!isTied && model.Head.Type != ElementType.F32)
        {
            model.ExchangeHead(model.Head.ToSingle())!.Dispose();
        }
    }

    private static void MakeSingle(LinearLayer layer)
    {
        if (layer.Weight.Type != ElementType.F32)
        {
            layer.Exchange(layer.Weight.ToSingle()).Dispose();
        }
    }

    private void Add(NormLayer norm) => _parts[norm] = new Part(
        Vector(norm.Name + ".weight", norm.Weight), norm.Bias is { } bias ? Vector(norm.Name + ".bias", bias) : -1);

    private long Matrix(string name, WeightMatrix matrix, bool isTransposed = false)
        => Reserve(new TrainableWeight(name + ".weight", Count, matrix.Outputs, matrix.Inputs, matrix, null, isTransposed));

    private long Vector(string name, Tensor tensor) => Reserve(new TrainableWeight(
        name, Count, tensor.Shape.Length == 2 ? tensor.Shape[0] : 1, tensor.Shape[^1], null, tensor));

    private long Reserve(TrainableWeight weight)
    {
        _weights.Add(weight);
        Count += weight.Count;
        return weight.Offset;
    }

    /// <summary>Places of a layer's gradients; -1 for what does not learn.</summary>
    /// <param name="Weight">Of the weight or gain.</param>
    /// <param name="Bias">Of the bias.</param>
    public readonly record struct Part(long Weight, long Bias)
    {
        public static readonly Part Frozen = new(-1, -1);
    }
}
