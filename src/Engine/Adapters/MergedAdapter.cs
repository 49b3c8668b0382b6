using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Ratchet.Engine.Adapters;

/// <summary>A model whose weights hold an adapter; disposing of it gives the model its own weights back.</summary>
/// <remarks>
/// Merged weights are single precision: put back into four bits, a small update would drown in the rounding. A token embedding that
/// changes is the head no longer, since the adapter does not change the head.
/// </remarks>
public sealed unsafe class MergedAdapter : IDisposable
{
    private readonly List<Action> _undo = [];
    private readonly List<LoraMergeChange> _changes = [];

    [SuppressMessage("Reliability", "CA2000", Justification = "The model owns a merged weight until Dispose takes it back.")]
    internal MergedAdapter(LoraAdapter adapter, DecoderModel model)
    {
        adapter.UpdateGains(model);
        foreach (LoraLayer layer in adapter.Layers)
        {
            LinearLayer linear = model.Linears[layer.LinearIndex];
            Tensor merged = Merge(adapter, layer, linear.Weight, adapter.Factors(layer.LinearIndex).Gain, out float largest);
            WeightMatrix own = linear.Exchange(new WeightMatrix(merged));
            _undo.Add(() => linear.Exchange(own).Dispose());
            _changes.Add(new LoraMergeChange(layer.Name, largest));
        }

        if (adapter.LearnsEmbedding)
        {
            MergeEmbedding(adapter, model);
        }

        if (adapter.SavedHead >= 0)
        {
            MergeHead(adapter, model);
        }
    }

    /// <summary>What the merge changed, layer by layer.</summary>
    public IReadOnlyList<LoraMergeChange> Changes => _changes;

    /// <summary>Takes the adapter out again: the model's own weights, bit for bit.</summary>
    public void Dispose()
    {
        for (int i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i]();
        }

        _undo.Clear();
    }

    private void MergeEmbedding(LoraAdapter adapter, DecoderModel model)
    {
        int vocabulary = model.Config.VocabularySize;
        int hidden = model.Config.HiddenSize;
        var merged = new Tensor(ElementType.F32, vocabulary, hidden);
        float[] before = new float[hidden];
        float largest = 0f;
        for (int token = 0; token < vocabulary; token++)
        {
            Span<float> into = Row(merged, token, hidden);
            model.TokenEmbedding.DequantizeRow(token, before);
            model.LookUp(token, adapter, into);
            for (int j = 0; j < hidden; j++)
            {
                largest = MathF.Max(largest, MathF.Abs(into[j] - before[j]));
            }
        }

        if (ReferenceEquals(model.Head, model.TokenEmbedding))
        {
            model.ExchangeHead(model.TokenEmbedding);
            _undo.Add(() => model.ExchangeHead(null));
        }

        WeightMatrix own = model.ExchangeEmbedding(new WeightMatrix(merged));
        _undo.Add(() => model.ExchangeEmbedding(own).Dispose());
        _changes.Add(new LoraMergeChange(model.PartNames.TokenEmbedding, largest));
    }

    private void MergeHead(LoraAdapter adapter, DecoderModel model)
    {
        int vocabulary = model.Config.VocabularySize;
        int hidden = model.Config.HiddenSize;
        var merged = new Tensor(ElementType.F32, vocabulary, hidden);
        float[] before = new float[hidden];
        float largest = 0f;
        for (int token = 0; token < vocabulary; token++)
        {
            Span<float> into = Row(merged, token, hidden);
            new ReadOnlySpan<float>(adapter.Head + ((long)token * hidden), hidden).CopyTo(into);
            model.Head.DequantizeRow(token, before);
            for (int j = 0; j < hidden; j++)
            {
                largest = MathF.Max(largest, MathF.Abs(into[j] - before[j]));
            }
        }

        WeightMatrix? own = model.ExchangeHead(new WeightMatrix(merged));
        _undo.Add(() => model.ExchangeHead(own)!.Dispose());
        if (model.HeadBias is { } bias && adapter.HeadBias != null)
        {
            float[] kept = bias.Floats.ToArray();
            new ReadOnlySpan<float>(adapter.HeadBias, kept.Length).CopyTo(bias.Floats);
            _undo.Add(() => kept.CopyTo(bias.Floats));
        }

        _changes.Add(new LoraMergeChange(model.PartNames.Head, largest));
    }

    // w[o,:] += scale · Σ over r of B[o,r] · A[r,:], times the gain of the output where there is one
    private static Tensor Merge(LoraAdapter adapter, LoraLayer layer, WeightMatrix weight, float* gain, out float largest)
    {
        var merged = new Tensor(ElementType.F32, layer.Outputs, layer.Inputs);
        float* a = adapter.Parameters + layer.Offset;
        float* b = adapter.Parameters + layer.OffsetOfB;
        float[] before = new float[layer.Inputs];
        float[] change = new float[layer.Inputs];
        largest = 0f;
        for (int o = 0; o < layer.Outputs; o++)
        {
            Array.Clear(change);
            for (int r = 0; r < layer.Rank; r++)
            {
                float share = layer.Scale * b[((long)r * layer.Outputs) + o];
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(a + ((long)r * layer.Inputs), layer.Inputs), share, change, change);
            }

            Span<float> into = Row(merged, o, layer.Inputs);
            weight.DequantizeRow(o, before);
            TensorPrimitives.Add(before, change, into);
            if (gain != null)
            {
                TensorPrimitives.Multiply(into, gain[o], into);
            }

            for (int j = 0; j < layer.Inputs; j++)
            {
                largest = MathF.Max(largest, MathF.Abs(into[j] - before[j]));
            }
        }

        return merged;
    }

    private static Span<float> Row(Tensor tensor, int row, int columns) => new((float*)tensor.Pointer + ((long)row * columns), columns);
}
