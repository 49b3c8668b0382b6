using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Training;

/// <summary>AdamW's moments of everything that learns, part by part in the order of the gradients.</summary>
internal sealed unsafe class MomentStore : IDisposable
{
    private const string FirstName = "first_moments";
    private const string SecondName = "second_moments";

    private readonly Part[] _parts;

    public MomentStore(LoraAdapter? adapter, TrainableWeights? weights)
    {
        var parts = new List<Part>();
        if (adapter is not null)
        {
            parts.Add(new Part(string.Empty, 0, adapter.ParameterCount, null));
        }

        long offset = adapter?.ParameterCount ?? 0;
        foreach (TrainableWeight weight in weights?.Weights ?? [])
        {
            parts.Add(new Part($".{weight.Name}", offset + weight.Offset, weight.Count, weight));
        }

        _parts = [.. parts];
    }

    /// <summary>One for the adapter, then one for each weight.</summary>
    public ReadOnlySpan<Part> Parts => _parts;

    /// <summary>Numbers of the largest part.</summary>
    public int LargestCount => _parts.Max(p => p.Count);

    /// <summary>Bytes.</summary>
    public long ByteLength => _parts.Sum(p => 2L * p.Count * sizeof(float));

    /// <summary>As a checkpoint holds them.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Tensors =>
    [
        .. _parts.Select(p => new KeyValuePair<string, Tensor>(FirstName + p.Name, p.FirstTensor)),
        .. _parts.Select(p => new KeyValuePair<string, Tensor>(SecondName + p.Name, p.SecondTensor)),
    ];

    /// <summary>Goes back to what a checkpoint holds; nothing is changed where it does not fit.</summary>
    /// <exception cref="CheckpointException">It does not fit.</exception>
    public void Restore(SafetensorsFile file, string folder)
    {
        foreach ((string name, Tensor tensor) in Tensors)
        {
            if (!file.TryFindTensor(name, out SafetensorsTensorInfo? info) || info.Count != tensor.Count)
            {
                throw new CheckpointException(
                    folder, $"its moments '{name}' have {info?.Count ?? 0} numbers; the run has {tensor.Count}.",
                    "Resume with the settings that the run was started with.");
            }
        }

        foreach ((string name, Tensor tensor) in Tensors)
        {
            file.ReadFloats(name).CopyTo(tensor.Floats);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_parts, p => p.Dispose());

    /// <summary>Moments of one run of numbers.</summary>
    internal sealed class Part(string name, long offset, int count, TrainableWeight? weight) : IDisposable
    {
        /// <summary>What follows the name of the moments in a checkpoint.</summary>
        public string Name => name;

        /// <summary>Where the gradients begin.</summary>
        public long Offset => offset;

        /// <summary>Numbers.</summary>
        public int Count => count;

        /// <summary>The weight, or null for the adapter.</summary>
        public TrainableWeight? Weight => weight;

        public Tensor FirstTensor { get; } = new(ElementType.F32, count);

        public Tensor SecondTensor { get; } = new(ElementType.F32, count);

        public float* First => (float*)FirstTensor.Pointer;

        public float* Second => (float*)SecondTensor.Pointer;

        public void Dispose()
        {
            FirstTensor.Dispose();
            SecondTensor.Dispose();
        }
    }
}
