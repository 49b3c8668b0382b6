using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>An adapter's factors in bytes: A as Q8_0, a scale for 32 inputs; B with a scale for each output.</summary>
/// <remarks>Layers whose inputs do not come in whole blocks, and those with magnitudes, have none: they stay in single precision.</remarks>
internal sealed unsafe class RoundedFactors : IDisposable
{
    private readonly WeightMatrix?[] _a;
    private readonly ExpansionMatrix?[] _b;

    /// <summary>Rounds the factors of all layers.</summary>
    public RoundedFactors(LoraAdapter adapter)
    {
        _a = new WeightMatrix?[adapter.Layers.Count];
        _b = new ExpansionMatrix?[adapter.Layers.Count];
        for (int i = 0; i < _a.Length; i++)
        {
            LoraLayer layer = adapter.Layers[i];
            if (!layer.HasMagnitude && layer.Inputs % ElementType.Q8_0.BlockSize() == 0)
            {
                _a[i] = Rounded(adapter.Parameters + layer.Offset, layer.Rank, layer.Inputs);
                _b[i] = new ExpansionMatrix(adapter.Parameters + layer.OffsetOfB, layer.Rank, layer.Outputs);
            }
        }
    }

    /// <summary>Bytes of memory.</summary>
    public long ByteLength => _a.Sum(matrix => matrix?.ByteLength ?? 0) + _b.Sum(matrix => matrix?.ByteLength ?? 0);

    /// <summary>A of a layer of the adapter, or null.</summary>
    public WeightMatrix? A(int layer) => _a[layer];

    /// <summary>B of a layer of the adapter, or null.</summary>
    public ExpansionMatrix? B(int layer) => _b[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _a.Length; i++)
        {
            _a[i]?.Dispose();
            _b[i]?.Dispose();
        }
    }

    private static WeightMatrix Rounded(float* a, int rank, int inputs)
    {
        var tensor = new Tensor(ElementType.Q8_0, rank, inputs);
        BlockCodec.Quantize(ElementType.Q8_0, new ReadOnlySpan<float>(a, rank * inputs), tensor.Bytes);
        return new WeightMatrix(tensor);
    }
}
