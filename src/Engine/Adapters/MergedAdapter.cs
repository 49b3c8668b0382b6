using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>A model whose weights hold an adapter; disposing of it gives the model its own weights back.</summary>
/// <remarks>Merged weights are single precision: put back into four bits, a small update would drown in the rounding.</remarks>
public sealed unsafe class MergedAdapter : IDisposable
{
    private readonly List<(LinearLayer Layer, WeightMatrix Own)> _replaced = [];

    [SuppressMessage("Reliability", "CA2000", Justification = "The layer owns the merged weight until Dispose takes it back.")]
    internal MergedAdapter(LoraAdapter adapter, DecoderModel model)
    {
        var changes = new List<LoraMergeChange>();
        foreach (LoraLayer layer in adapter.Layers)
        {
            LinearLayer linear = model.Linears[layer.LinearIndex];
            Tensor merged = Merge(adapter, layer, linear.Weight, out float largest);
            _replaced.Add((linear, linear.Exchange(new WeightMatrix(merged))));
            changes.Add(new LoraMergeChange(layer.Name, largest));
        }

        Changes = changes;
    }

    /// <summary>What the merge changed, layer by layer.</summary>
    public IReadOnlyList<LoraMergeChange> Changes { get; }

    /// <summary>Takes the adapter out again: the model's own weights, bit for bit.</summary>
    public void Dispose()
    {
        foreach ((LinearLayer layer, WeightMatrix own) in _replaced)
        {
            layer.Exchange(own).Dispose();
        }

        _replaced.Clear();
    }

    // w[o,:] += scale · Σ over r of B[o,r] · A[r,:]
    private static Tensor Merge(LoraAdapter adapter, LoraLayer layer, WeightMatrix weight, out float largest)
    {
        var merged = new Tensor(ElementType.F32, layer.Outputs, layer.Inputs);
        float* a = adapter.Parameters + layer.Offset;
        float* b = adapter.Parameters + layer.OffsetOfB;
        float* update = stackalloc float[1];
        float[] row = new float[layer.Inputs];
        largest = 0f;
        fixed (float* change = row)
        {
            for (int o = 0; o < layer.Outputs; o++)
            {
                Array.Clear(row);
                for (int r = 0; r < layer.Rank; r++)
                {
                    *update = layer.Scale * b[((long)r * layer.Outputs) + o];
                    LowRankKernel.Expand(change, update, a + ((long)r * layer.Inputs), 1, layer.Inputs, 1);
                }

                Span<float> into = merged.Floats.Slice(o * layer.Inputs, layer.Inputs);
                weight.DequantizeRow(o, into);
                for (int j = 0; j < layer.Inputs; j++)
                {
                    into[j] += row[j];
                    largest = MathF.Max(largest, MathF.Abs(row[j]));
                }
            }
        }

        return merged;
    }
}
