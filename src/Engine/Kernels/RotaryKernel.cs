using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Rotary position embedding in its half-split form, and its gradient.</summary>
/// <remarks>
/// <code>
/// (y[i], y[i+h]) = (x[i]·cos(p·f[i]) - x[i+h]·sin(p·f[i]),  x[i+h]·cos(p·f[i]) + x[i]·sin(p·f[i])),   h = half the rotated size
/// </code>
/// Source: Su et al. 2021, https://arxiv.org/abs/2104.09864, eq. 34, with the pairing of Hugging Face's rotate_half.
/// The pairs that GGUF's llama files interleave are put apart when a model is loaded.
/// </remarks>
public static unsafe class RotaryKernel
{
    /// <summary>Fills the tables of one pass: every layer turns its queries and keys by the same angles.</summary>
    /// <param name="cosine">Output [rows, half].</param>
    /// <param name="sine">Output [rows, half].</param>
    /// <param name="positions">Place of each row in its own sequence [rows].</param>
    /// <param name="inverseFrequencies">f of the formula [half], radians a position.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="half">Pairs a head.</param>
    /// <param name="magnitude">Factor on both tables: YaRN's on long contexts, else 1.</param>
    public static void Angles(
        float* cosine, float* sine, int* positions, float* inverseFrequencies, int rows, int half, float magnitude = 1f)
        => RowLoop.Run(
            rows, RowChunk.Rows(rows, 16L * half), new AnglesBody(cosine, sine, positions, inverseFrequencies, half, magnitude));

    /// <summary>Turns every head of every row, in place.</summary>
    /// <param name="x">In and out [rows, heads, headSize].</param>
    /// <param name="cosine">[rows, half].</param>
    /// <param name="sine">[rows, half].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="heads">Heads a row.</param>
    /// <param name="headSize">Numbers a head; those from 2 · half on stay as they are.</param>
    /// <param name="half">Pairs a head.</param>
    public static void Forward(float* x, float* cosine, float* sine, int rows, int heads, int headSize, int half)
        => RowLoop.Run(rows, RowChunk.Rows(rows, (long)heads * headSize), new TurnBody(x, cosine, sine, heads, headSize, half, 1f));

    /// <summary>Turns gradients back, in place: the transposed matrix of a rotation is its inverse.</summary>
    /// <param name="dx">In: gradient of the output; out: gradient of the input [rows, heads, headSize].</param>
    /// <param name="cosine">[rows, half].</param>
    /// <param name="sine">[rows, half].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="heads">Heads a row.</param>
    /// <param name="headSize">Numbers a head.</param>
    /// <param name="half">Pairs a head.</param>
    public static void Backward(float* dx, float* cosine, float* sine, int rows, int heads, int headSize, int half)
        => RowLoop.Run(rows, RowChunk.Rows(rows, (long)heads * headSize), new TurnBody(dx, cosine, sine, heads, headSize, half, -1f));

    private readonly struct AnglesBody(float* cosine, float* sine, int* positions, float* inverseFrequencies, int half, float magnitude)
        : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                for (int i = 0; i < half; i++)
                {
                    // The angle is rounded to single precision as PyTorch rounds it: far positions differ otherwise.
                    float angle = positions[row] * inverseFrequencies[i];
                    (double sin, double cos) = Math.SinCos(angle);
                    sine[((long)row * half) + i] = (float)sin * magnitude;
                    cosine[((long)row * half) + i] = (float)cos * magnitude;
                }
            }
        }
    }

    private readonly struct TurnBody(
        float* x, float* cosine, float* sine, int heads, int headSize, int half, float direction) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int whole = VectorPath.Whole(half, 8);
            var directions = Vector256.Create(direction);
            for (int row = firstRow; row < endRow; row++)
            {
                float* cos = cosine + ((long)row * half);
                float* sin = sine + ((long)row * half);
                for (int head = 0; head < heads; head++)
                {
                    float* lower = x + ((((long)row * heads) + head) * headSize);
                    float* upper = lower + half;
                    int i = 0;
                    for (; i < whole; i += 8)
                    {
                        var c = Vector256.Load(cos + i);
                        Vector256<float> s = Vector256.Load(sin + i) * directions;
                        var a = Vector256.Load(lower + i);
                        var b = Vector256.Load(upper + i);
                        ((a * c) - (b * s)).Store(lower + i);
                        ((b * c) + (a * s)).Store(upper + i);
                    }

                    for (; i < half; i++)
                    {
                        float s = sin[i] * direction;
                        float a = lower[i];
                        float b = upper[i];
                        lower[i] = (a * cos[i]) - (b * s);
                        upper[i] = (b * cos[i]) + (a * s);
                    }
                }
            }
        }
    }
}
