using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>DoRA's factors on outputs: magnitude over the norm of each row of W + scale · B·A.</summary>
internal sealed unsafe class LoraGains : IDisposable
{
    private readonly int[] _offsets;
    private readonly NativeBuffer _memory;
    private readonly int _count;

    public LoraGains(IReadOnlyList<LoraLayer> layers)
    {
        _offsets = new int[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            _offsets[i] = _count;
            _count += layers[i].Outputs;
        }

        _memory = new NativeBuffer(2L * _count * sizeof(float));
    }

    /// <summary>Bytes.</summary>
    public long ByteLength => _memory.Length;

    /// <summary>m / norm of each output of a layer.</summary>
    public float* Gain(int layer) => (float*)_memory.Pointer + _offsets[layer];

    /// <summary>1 / norm of each output of a layer.</summary>
    public float* InverseNorm(int layer) => Gain(layer) + _count;

    /// <summary>Norms of a layer's rows as its factors are now.</summary>
    public void Update(int at, LoraLayer layer, float* parameters, WeightMatrix weight)
        => RowLoop.Run(
            layer.Outputs, RowChunk.Rows(layer.Outputs, (long)layer.Inputs * (layer.Rank + 1)),
            new Body(layer, parameters, weight, Gain(at), InverseNorm(at)));

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private readonly struct Body(LoraLayer layer, float* parameters, WeightMatrix weight, float* gain, float* inverse) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var row = new Span<float>(KernelScratch.Get(KernelScratch.Part.Tile, (long)layer.Inputs * sizeof(float)), layer.Inputs);
            for (int output = firstRow; output < endRow; output++)
            {
                weight.DequantizeRow(output, row);
                for (int r = 0; r < layer.Rank; r++)
                {
                    float share = layer.Scale * parameters[layer.OffsetOfB + ((long)r * layer.Outputs) + output];
                    var a = new ReadOnlySpan<float>(parameters + layer.Offset + ((long)r * layer.Inputs), layer.Inputs);
                    TensorPrimitives.MultiplyAdd(a, share, row, row);
                }

                // A row of zeros has no direction; its output is zero whatever the magnitude.
                float norm = TensorPrimitives.Norm<float>(row);
                inverse[output] = norm == 0f ? 0f : 1f / norm;
                gain[output] = inverse[output] * parameters[layer.OffsetOfMagnitude + output];
            }
        }
    }
}
