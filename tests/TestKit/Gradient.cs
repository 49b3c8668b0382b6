namespace Ratchet.TestKit;

/// <summary>Gradients by central differences, to hold hand-written ones against.</summary>
public static class Gradient
{
    /// <summary>(f(x + h) - f(x - h)) / 2h for each element; <paramref name="x"/> is as before afterwards.</summary>
    /// <param name="loss">Reads <paramref name="x"/> anew at each call.</param>
    /// <param name="x">The point, changed one element at a time.</param>
    /// <param name="step">h.</param>
    public static float[] OfNumerically(Func<double> loss, Span<float> x, float step)
    {
        float[] gradient = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            float value = x[i];
            x[i] = value + step;
            double above = loss();
            x[i] = value - step;
            double below = loss();
            x[i] = value;
            gradient[i] = (float)((above - below) / (2.0 * step));
        }

        return gradient;
    }
}
