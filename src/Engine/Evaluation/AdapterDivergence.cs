using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Evaluation;

/// <summary>How far an adapter moves a model's next-token distributions away from those of its base.</summary>
/// <remarks><code>KL(q ‖ p) = Σ q·(log q - log p),   q with the adapter, p without</code>
/// 0 where the adapter changes nothing, whatever its weights look like.
/// </remarks>
public static class AdapterDivergence
{
    /// <summary>Compares base and adapter on prompts with the beginning of their answers.</summary>
    /// <param name="backend">Runs both.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="prompts">At least one.</param>
    public static DivergenceScore Of(IInferenceBackend backend, ILowRankAdapter adapter, IReadOnlyList<DivergencePrompt> prompts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        float[] with = new float[backend.Config.VocabularySize];
        double sum = 0;
        double max = 0;
        int positions = 0;
        foreach (DivergencePrompt prompt in prompts)
        {
            // The first pass leaves its logits in the backend's memory; the second one would overwrite them.
            float[][] adapted = Logits(backend, prompt, adapter);
            _ = Run(backend, prompt, null);
            for (int i = 0; i < prompt.Measured; i++)
            {
                double divergence = Divergence(adapted[i], backend.Logits(i), with);
                sum += divergence;
                max = Math.Max(max, divergence);
            }

            positions += prompt.Measured;
        }

        return new DivergenceScore(sum / positions, max, positions);
    }

    private static float[][] Logits(IInferenceBackend backend, DivergencePrompt prompt, ILowRankAdapter adapter)
    {
        int rows = Run(backend, prompt, adapter);
        return [.. Enumerable.Range(0, rows).Select(row => backend.Logits(row).ToArray())];
    }

    private static int Run(IInferenceBackend backend, DivergencePrompt prompt, ILowRankAdapter? adapter)
    {
        using ISequenceCache cache = backend.CreateCache(prompt.Ids.Length);
        int before = prompt.Ids.Length - prompt.Measured;
        for (int start = 0; start < before; start += backend.TokensMax)
        {
            int count = Math.Min(backend.TokensMax, before - start);
            backend.Forward([new SequencePiece(cache, prompt.Ids.AsMemory(start, count), adapter, LogitRows.None)]);
        }

        backend.Forward([new SequencePiece(cache, prompt.Ids.AsMemory(before), adapter, LogitRows.All)]);
        return backend.LogitRowCount;
    }

    // Written as log E[exp(E[d] - d)] with d the logits' differences and E over q: small divergences keep their digits.
    private static double Divergence(ReadOnlySpan<float> adapted, ReadOnlySpan<float> plain, Span<float> probabilities)
    {
        SoftmaxKernel.Forward(probabilities, adapted);
        double total = 0;
        double mean = 0;
        for (int j = 0; j < probabilities.Length; j++)
        {
            total += probabilities[j];
            mean += probabilities[j] * ((double)adapted[j] - plain[j]);
        }

        mean /= total;
        double excess = 0;
        for (int j = 0; j < probabilities.Length; j++)
        {
            excess += probabilities[j] * (Math.Exp(mean - ((double)adapted[j] - plain[j])) - 1);
        }

        return Math.Max(0, double.LogP1(excess / total));
    }
}
