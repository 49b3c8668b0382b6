using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Numbers of one step of AdamW; see <see cref="AdamWKernel"/>.</summary>
/// <param name="GradientScale">Factor on g: below 1 where gradients are clipped.</param>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="WeightDecay">λ.</param>
/// <param name="Number">t, from 1.</param>
public readonly unsafe record struct AdamWStep(
    float GradientScale, float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, int Number)
{
    /// <summary>Moves a run of parameters, on the caller's thread.</summary>
    /// <param name="p">Parameters, in and out [count].</param>
    /// <param name="g">Gradients [count].</param>
    /// <param name="m">First moments, in and out [count].</param>
    /// <param name="v">Second moments, in and out [count].</param>
    /// <param name="count">Numbers.</param>
    internal void Apply(float* p, float* g, float* m, float* v, int count)
    {
        float keep = 1f - (LearningRate * WeightDecay);
        float rate = (float)(LearningRate / (1 - Math.Pow(Beta1, Number)));
        float rootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Number)));
        int whole = VectorPath.Whole(count, Vector256<float>.Count);
        int i = 0;
        for (; i < whole; i += Vector256<float>.Count)
        {
            Vector256<float> gradient = Vector256.Load(g + i) * GradientScale;
            Vector256<float> first = (Vector256.Load(m + i) * Beta1) + (gradient * (1f - Beta1));
            Vector256<float> second = (Vector256.Load(v + i) * Beta2) + (gradient * gradient * (1f - Beta2));
            first.Store(m + i);
            second.Store(v + i);
            Vector256<float> denominator = (Vector256.Sqrt(second) * rootScale) + Vector256.Create(Epsilon);
            ((Vector256.Load(p + i) * keep) - (first * rate / denominator)).Store(p + i);
        }

        for (; i < count; i++)
        {
            float gradient = g[i] * GradientScale;
            m[i] = (m[i] * Beta1) + (gradient * (1f - Beta1));
            v[i] = (v[i] * Beta2) + (gradient * gradient * (1f - Beta2));
            p[i] = (p[i] * keep) - (m[i] * rate / ((MathF.Sqrt(v[i]) * rootScale) + Epsilon));
        }
    }
}
