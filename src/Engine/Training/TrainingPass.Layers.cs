using System.Numerics.Tensors;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    // What layers need of the input that they share: scale · dropout(x)·Aᵀ of each, and x in bfloat16 for their products.
    private void Read(int block, IReadOnlyList<LinearLayer> layers, float* x)
    {
        LowRankRead read = Reading(x, layers[0].Inputs, isMultiplied: true);
        for (int i = 0; i < layers.Count; i++)
        {
            Project(ref read, block, layers[i], x);
        }

        read.Run();
    }

    private void Read(int block, LinearLayer layer, float* x)
    {
        LowRankRead read = Reading(x, layer.Inputs, isMultiplied: true);
        Project(ref read, block, layer, x);
        read.Run();
    }

    private LowRankRead Reading(float* x, int columns, bool isMultiplied)
        => new() { X = x, Rows = _rows, Columns = columns, Rounded = isMultiplied ? Rounded : null };

    private void Project(ref LowRankRead read, int block, LinearLayer layer, float* x)
    {
        LowRankFactors factors = _active?.Factors(layer.Index) ?? default;
        if (factors.Rank == 0)
        {
            return;
        }

        float* z = Projection(block, layer.Index % _model.LinearsPerBlock);
        if (_dropout == 0f)
        {
            read.Project(z, factors.A, factors.Rank, factors.Scale);
        }
        else
        {
            LowRankKernel.Project(z, Dropped(layer, x), factors.A, _rows, layer.Inputs, factors.Rank, factors.Scale);
        }
    }

    // y (+)= x·Wᵀ + b + z·Bᵀ, with DoRA (x·Wᵀ + z·Bᵀ) · gain + b, of an x that was read. A null y leaves what backward needs.
    private void Linear(int block, LinearLayer layer, float* y, float* x, bool accumulate)
    {
        LowRankFactors factors = _active?.Factors(layer.Index) ?? default;
        LowRankTerm term = factors.Rank == 0
            ? default
            : Term(Projection(block, layer.Index % _model.LinearsPerBlock), factors.B, layer.Outputs, factors.Rank);
        if (factors.Gain != null)
        {
            float* direction = Direction(block, layer);
            LinearKernel.Forward(direction, x, _rows, layer.Weight, 0, layer.Outputs, accumulate: false, _precision, term, Rounded);
            if (y != null)
            {
                float* bias = layer.Bias is null ? null : (float*)layer.Bias.Pointer;
                GainKernel.Forward(y, direction, factors.Gain, bias, _rows, layer.Outputs, accumulate);
            }
        }
        else if (y != null)
        {
            layer.Forward(y, x, _rows, accumulate, _precision, term, Rounded);
        }
    }

    private static LowRankTerm Term(float* z, float* factor, int columns, int rank)
        => new() { Z = z, Factor = factor, Columns = columns, Rank = rank };

    private float* Direction(int block, LinearLayer layer) => At(_blocks[block].Directions[layer.Index % _model.LinearsPerBlock]);

    private float* Dropped(LinearLayer layer, float* x)
    {
        if (_dropout == 0f)
        {
            return x;
        }

        float* dropped = At(_at.Dropped);
        DropoutKernel.Forward(dropped, x, _rows, layer.Inputs, _dropout, Mask(layer));
        return dropped;
    }

    private ulong Mask(LinearLayer layer) => DropoutKernel.Key(_dropoutKey, (ulong)layer.Index);

    // dx += dy·W + dropout'(dz·A) with dz = scale · dy·B;  dB += dyᵀ·z;  dW += dyᵀ·x;  db += Σ dy;  and dA += dzᵀ·dropout(x), which waits for ofA
    // where other layers read the same x.
    private void LinearBackward(int block, LinearLayer layer, float* dx, float* dy, float* x, ref LowRankRead ofA)
    {
        if (_weights is not null)
        {
            TrainableWeights.Part part = _weights.Of(layer);
            if (part.Weight >= 0)
            {
                MatMulKernel.BackwardWeight(WeightGradients + part.Weight, dy, x, _rows, layer.Inputs, layer.Outputs);
            }

            if (part.Bias >= 0)
            {
                BiasKernel.Backward(WeightGradients + part.Bias, dy, _rows, layer.Outputs);
            }
        }

        int at = _active?.LayerOf(layer.Index) ?? -1;
        if (at < 0)
        {
            if (dx != null)
            {
                layer.BackwardInput(dx, dy, _rows, _precision);
            }

            return;
        }

        LoraLayer place = _active!.Layers[at];
        LowRankFactors factors = _active.Factors(layer.Index);
        if (factors.Gain != null)
        {
            // The norm of the weights counts as a constant, as the paper has it: dm = Σ dy · u / norm.
            float* direction = At(_at.DDirection);
            GainKernel.Backward(
                direction, Gradients + place.OffsetOfMagnitude, dy, Direction(block, layer), factors.Gain, _active.InverseNorms(at),
                _rows, layer.Outputs);
            dy = direction;
        }

        float* dz = At(_at.DProjections) + ((long)ofA.GradientCount * _tokensMax * _rankMax);
        LowRankRead read = Reading(dy, layer.Outputs, isMultiplied: dx != null);
        read.Project(dz, factors.B, factors.Rank, factors.Scale);
        read.AddTo(Gradients + place.OffsetOfB, Projection(block, layer.Index % _model.LinearsPerBlock), factors.Rank);
        read.Run();
        if (_dropout == 0f)
        {
            ofA.AddTo(Gradients + place.Offset, dz, factors.Rank);
            if (dx != null)
            {
                layer.BackwardInput(dx, dy, _rows, _precision, Term(dz, factors.A, layer.Inputs, factors.Rank), Rounded);
            }

            return;
        }

        LowRankRead dropped = Reading(Dropped(layer, x), layer.Inputs, isMultiplied: false);
        dropped.AddTo(Gradients + place.Offset, dz, factors.Rank);
        dropped.Run();
        if (dx != null)
        {
            layer.BackwardInput(dx, dy, _rows, _precision, default, Rounded);
            float* undropped = At(_at.Dropped);
            Clear(undropped, layer.Inputs);
            LowRankKernel.Expand(undropped, dz, factors.A, _rows, layer.Inputs, factors.Rank);
            DropoutKernel.Backward(dx, undropped, _rows, layer.Inputs, _dropout, Mask(layer));
        }
    }

    private void LinearBackward(int block, LinearLayer layer, float* dx, float* dy, float* x)
    {
        LowRankRead ofA = Reading(x, layer.Inputs, isMultiplied: false);
        LinearBackward(block, layer, dx, dy, x, ref ofA);
        ofA.Run();
    }

    private bool Learns(NormLayer norm) => _weights is not null && _weights.Of(norm).Weight >= 0;

    private void Backward(NormLayer norm, float* dx, float* dy, float* x, float* statistics, int rows)
    {
        TrainableWeights.Part part = _weights?.Of(norm) ?? TrainableWeights.Part.Frozen;
        norm.Backward(
            dx, part.Weight < 0 ? null : WeightGradients + part.Weight, part.Bias < 0 ? null : WeightGradients + part.Bias,
            dy, x, statistics, rows);
    }

    // dx of the first block's input goes to the tables that its rows came from.
    private void BackwardEmbedding()
    {
        int hidden = _config.HiddenSize;
        float* dx = At(_at.Dx);
        if (_weights is { PositionEmbedding: >= 0 })
        {
            EmbeddingKernel.Backward(WeightGradients + _weights.PositionEmbedding, dx, new ReadOnlySpan<int>(Positions, _rows), hidden);
        }

        if (_config.EmbeddingScale != 1f)
        {
            var all = new Span<float>(dx, checked(_rows * hidden));
            TensorPrimitives.Multiply(all, _config.EmbeddingScale, all);
        }

        var ids = new ReadOnlySpan<int>(Tokens, _rows);
        if (_weights is { TokenEmbedding: >= 0 })
        {
            EmbeddingKernel.Backward(WeightGradients + _weights.TokenEmbedding, dx, ids, hidden);
        }

        if (_active is { SavedEmbedding: >= 0 } saving)
        {
            EmbeddingKernel.Backward(Gradients + saving.SavedEmbedding, dx, ids, hidden);
        }

        if (_active?.EmbeddingLayer is { } layer)
        {
            BackwardEmbeddingAdapter(layer, dx);
        }
    }

    // x[i] = W[id] + scale · Σ over r of A[r, id] · B[r]
    private void BackwardEmbeddingAdapter(LoraLayer layer, float* dx)
    {
        float* a = _active!.Parameters + layer.Offset;
        float* b = _active.Parameters + layer.OffsetOfB;
        float* z = At(_at.DProjections);
        for (int i = 0; i < _rows; i++)
        {
            for (int r = 0; r < layer.Rank; r++)
            {
                z[(i * layer.Rank) + r] = layer.Scale * a[((long)r * layer.Inputs) + Tokens[i]];
            }
        }

        LowRankKernel.Outer(Gradients + layer.OffsetOfB, z, dx, _rows, layer.Outputs, layer.Rank);
        LowRankKernel.Project(z, dx, b, _rows, layer.Outputs, layer.Rank, layer.Scale);

        // In the order of the rows: a token that comes twice must be summed in one order.
        for (int i = 0; i < _rows; i++)
        {
            for (int r = 0; r < layer.Rank; r++)
            {
                Gradients[layer.Offset + ((long)r * layer.Inputs) + Tokens[i]] += z[(i * layer.Rank) + r];
            }
        }
    }
}
