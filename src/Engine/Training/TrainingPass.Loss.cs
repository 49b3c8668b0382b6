using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    // Rows of logits that exist at once. The head is dequantised for each such chunk, so many rows are cheaper than few: 256 rows of
    // 49,152 logits take 48 MB, and more logits a row make fewer rows.
    private const int LossRowsMin = 64;
    private const int LossRowsMax = 256;
    private const long LossLogitsMost = 12L << 20;

    // Logits of the target rows alone, a chunk at a time; the gradient of the last block's output is left in dx.
    private double Loss(float scale, bool hasGradient, float smoothing)
    {
        PickTargets(hasGradient);
        int hidden = _config.HiddenSize;
        float* losses = At(_at.Losses);
        float* counts = _sharedCount > 0 ? At(_at.TargetScales) : null;
        for (int first = 0; first < _targetCount; first += _lossRows)
        {
            int rows = Math.Min(_lossRows, _targetCount - first);
            Head(At(_at.PickedNorm) + ((long)first * hidden), rows);
            if (hasGradient)
            {
                CrossEntropyKernel.ForwardBackward(
                    losses + first, At(_at.Logits), Targets + first, rows, _config.VocabularySize, scale, smoothing,
                    counts == null ? null : counts + first);
                BackwardHead(first, rows);
            }
            else
            {
                CrossEntropyKernel.Forward(losses + first, At(_at.Logits), Targets + first, rows, _config.VocabularySize);
            }
        }

        if (hasGradient)
        {
            SpreadGradient();
        }

        double sum = 0;
        for (int i = 0; i < _targetCount; i++)
        {
            sum += counts == null ? losses[i] : (double)counts[i] * losses[i];
        }

        return sum;
    }

    private static int LossRows(ModelConfig config) => (int)Math.Clamp(LossLogitsMost / config.VocabularySize, LossRowsMin, LossRowsMax);

    private void PickTargets(bool hasGradient)
    {
        int hidden = _config.HiddenSize;
        float* x = At(_at.X);
        float* picked = At(_at.Picked);
        for (int i = 0; i < _targetCount; i++)
        {
            Row(x, TargetRows[i]).CopyTo(Row(picked, i));
        }

        _model.FinalNorm.Forward(At(_at.PickedNorm), At(_at.PickedStatistics), picked, _targetCount);
        if (hasGradient)
        {
            new Span<float>(At(_at.DPicked), _targetCount * hidden).Clear();
        }
    }

    private Span<float> Row(float* matrix, int row) => new(matrix + ((long)row * _config.HiddenSize), _config.HiddenSize);

    private void Head(float* norm, int rows)
    {
        int vocabulary = _config.VocabularySize;
        float* logits = At(_at.Logits);
        if (_active is { SavedHead: >= 0 } saving)
        {
            MatMulKernel.Forward(logits, norm, saving.Parameters + saving.SavedHead, rows, _config.HiddenSize, vocabulary);
        }
        else
        {
            LinearKernel.Forward(logits, norm, rows, _model.Head, accumulate: false, _precision);
        }

        float* bias = _active is { SavedHeadBias: >= 0 } with
            ? with.Parameters + with.SavedHeadBias
            : _model.HeadBias is null ? null : (float*)_model.HeadBias.Pointer;
        if (bias != null)
        {
            BiasKernel.Forward(logits, bias, rows, vocabulary);
        }

        if (_config.LogitCap != 0f)
        {
            SoftCapKernel.Forward(logits, rows, vocabulary, _config.LogitCap);
            new ReadOnlySpan<float>(logits, rows * vocabulary).CopyTo(new Span<float>(At(_at.Capped), rows * vocabulary));
        }
    }

    // From the gradient of the logits to that of the picked rows, the head and the final norm.
    private void BackwardHead(int first, int rows)
    {
        int hidden = _config.HiddenSize;
        int vocabulary = _config.VocabularySize;
        float* dLogits = At(_at.Logits);
        float* norm = At(_at.PickedNorm) + ((long)first * hidden);
        float* dNorm = At(_at.DNorm);
        if (_config.LogitCap != 0f)
        {
            SoftCapKernel.Backward(dLogits, At(_at.Capped), rows, vocabulary, _config.LogitCap);
        }

        new Span<float>(dNorm, rows * hidden).Clear();
        if (_active is { SavedHead: >= 0 } saving)
        {
            MatMulKernel.BackwardInput(dNorm, dLogits, saving.Parameters + saving.SavedHead, rows, hidden, vocabulary);
            MatMulKernel.BackwardWeight(Gradients + saving.SavedHead, dLogits, norm, rows, hidden, vocabulary);
        }
        else
        {
            LinearKernel.BackwardInput(dNorm, dLogits, rows, _model.Head, _precision);
        }

        if (_active is { SavedHeadBias: >= 0 } with)
        {
            BiasKernel.Backward(Gradients + with.SavedHeadBias, dLogits, rows, vocabulary);
        }

        if (_weights is { Head: >= 0 })
        {
            MatMulKernel.BackwardWeight(WeightGradients + _weights.Head, dLogits, norm, rows, hidden, vocabulary);
        }

        if (_weights is { HeadBias: >= 0 })
        {
            BiasKernel.Backward(WeightGradients + _weights.HeadBias, dLogits, rows, vocabulary);
        }

        // Statistics lie as [2, targets]; a chunk of rows has both parts apart, so the norm runs chunk by chunk on copies.
        float* statistics = stackalloc float[2 * LossRowsMax];
        new ReadOnlySpan<float>(At(_at.PickedStatistics) + first, rows).CopyTo(new Span<float>(statistics, rows));
        new ReadOnlySpan<float>(At(_at.PickedStatistics) + _targetCount + first, rows).CopyTo(new Span<float>(statistics + rows, rows));
        Backward(
            _model.FinalNorm, At(_at.DPicked) + ((long)first * hidden), dNorm, At(_at.Picked) + ((long)first * hidden), statistics, rows);
    }

    private void SpreadGradient()
    {
        float* dx = At(_at.Dx);
        new Span<float>(dx, _rows * _config.HiddenSize).Clear();
        for (int i = 0; i < _targetCount; i++)
        {
            // Added: where samples part, one row predicts several tokens.
            Span<float> into = Row(dx, TargetRows[i]);
            TensorPrimitives.Add(into, Row(At(_at.DPicked), i), into);
        }
    }
}
