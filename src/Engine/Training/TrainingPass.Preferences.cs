using Ratchet.Engine.Kernels;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    /// <summary>Σ log-probability of each sample's targets, without dropout.</summary>
    /// <param name="row">Packed samples.</param>
    /// <param name="hasAdapter">Off, the base alone answers: the reference of DPO.</param>
    /// <param name="sums">Output, one for each sample.</param>
    public void LogProbabilities(PackedRow row, bool hasAdapter, Span<double> sums)
    {
        Begin(row, 0f, 0, hasAdapter);
        Loss(0f, hasGradient: false, 0f);
        SumBySegment(sums);
    }

    /// <summary>Losses of pairs, and scale times their gradients added to <see cref="Gradients"/>.</summary>
    /// <remarks>
    /// <code>loss = -log σ(β · ((log π(c) - log ref(c)) - (log π(r) - log ref(r))))</code>
    /// Source: Rafailov et al. 2023, https://arxiv.org/abs/2305.18290, eq. 7. The logits of the targets are computed twice, first for the
    /// sums, then for their gradient: a pair's pull is known only when both answers are summed.
    /// </remarks>
    /// <param name="row">Pairs, the chosen answer of each before the rejected one.</param>
    /// <param name="reference">Log-probabilities of the reference, one for each sample.</param>
    /// <param name="beta">β.</param>
    /// <param name="scale">One over the pairs of the step.</param>
    /// <param name="dropoutKey">Names the masks.</param>
    /// <param name="outcomes">Output, one for each pair.</param>
    public void ForwardBackwardPreferences(
        PackedRow row, ReadOnlySpan<double> reference, float beta, float scale, ulong dropoutKey, Span<PreferenceOutcome> outcomes)
    {
        Begin(row, _dropoutOfAdapter, dropoutKey);
        Loss(0f, hasGradient: false, 0f);
        Span<double> sums = stackalloc double[2 * outcomes.Length];
        SumBySegment(sums);
        for (int pair = 0; pair < outcomes.Length; pair++)
        {
            double chosen = sums[2 * pair];
            double rejected = sums[(2 * pair) + 1];
            outcomes[pair] = new PreferenceOutcome(
                chosen, rejected, beta * (chosen - reference[2 * pair]), beta * (rejected - reference[(2 * pair) + 1]));
        }

        float* scales = At(_at.TargetScales);
        int segment = 0;
        int end = Segments[0].QueryCount;
        for (int i = 0; i < _targetCount; i++)
        {
            while (TargetRows[i] >= end)
            {
                end += Segments[++segment].QueryCount;
            }

            double pull = outcomes[segment / 2].Pull;
            scales[i] = (float)(segment % 2 == 0 ? pull : -pull);
        }

        PickTargets(hasGradient: true);
        for (int first = 0; first < _targetCount; first += _lossRows)
        {
            int rows = Math.Min(_lossRows, _targetCount - first);
            Head(At(_at.PickedNorm) + ((long)first * _config.HiddenSize), rows);
            CrossEntropyKernel.ForwardBackward(
                At(_at.Losses) + first, At(_at.Logits), Targets + first, rows, _config.VocabularySize, beta * scale, 0f, scales + first);
            BackwardHead(first, rows);
        }

        SpreadGradient();
        BackwardBlocks();
    }

    private void SumBySegment(Span<double> sums)
    {
        sums.Clear();
        float* losses = At(_at.Losses);
        int segment = 0;
        int end = Segments[0].QueryCount;
        for (int i = 0; i < _targetCount; i++)
        {
            while (TargetRows[i] >= end)
            {
                end += Segments[++segment].QueryCount;
            }

            sums[segment] -= losses[i];
        }
    }
}
