using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Zeroes elements by chance and scales the others up, from a counter in place of a running generator.</summary>
/// <remarks>
/// Whether element i of a call is kept follows from (key, i) alone: a recomputed forward pass, the backward pass and a resumed run see the
/// same mask without storing it. Hash: Wellons' "lowbias32", https://nullprogram.com/blog/2018/07/31/. Dropout: Srivastava et al. 2014.
/// </remarks>
public static unsafe class DropoutKernel
{
    /// <summary>y = x / (1 - chance) where kept, else 0.</summary>
    /// <param name="y">Output [rows, dim]; may be the memory of x.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="chance">Of an element to be zeroed, in [0, 1).</param>
    /// <param name="key">Which mask: see <see cref="Key"/>.</param>
    public static void Forward(float* y, float* x, int rows, int dim, float chance, ulong key)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 4L * dim), new Body(y, x, dim, chance, key, false));

    /// <summary>dx += dy / (1 - chance) where kept.</summary>
    /// <param name="dx">Added to [rows, dim].</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="chance">As given to <see cref="Forward"/>.</param>
    /// <param name="key">As given to <see cref="Forward"/>.</param>
    public static void Backward(float* dx, float* dy, int rows, int dim, float chance, ulong key)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 4L * dim), new Body(dx, dy, dim, chance, key, true));

    /// <summary>Mixes what names a mask (seed, step, micro-batch, layer) into one key. SplitMix64's finaliser.</summary>
    /// <param name="seed">The key so far.</param>
    /// <param name="part">The next part.</param>
    public static ulong Key(ulong seed, ulong part)
    {
        ulong z = seed + (0x9E3779B97F4A7C15UL * (part + 1));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    private readonly struct Body(float* into, float* from, int dim, float chance, ulong key, bool adds) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            uint threshold = (uint)(chance * (double)uint.MaxValue);
            float scale = 1f / (1f - chance);
            var lane = Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);
            for (int row = firstRow; row < endRow; row++)
            {
                ulong rowKey = Key(key, (ulong)row);
                uint low = (uint)rowKey;
                uint high = (uint)(rowKey >> 32);
                long at = (long)row * dim;
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    Vector256<uint> hash = Hash((lane + Vector256.Create((uint)j + low)) ^ Vector256.Create(high));
                    Vector256<float> kept = Vector256.GreaterThanOrEqual(hash, Vector256.Create(threshold)).AsSingle();
                    Vector256<float> value = (Vector256.Load(from + at + j) * scale) & kept;
                    (adds ? Vector256.Load(into + at + j) + value : value).Store(into + at + j);
                }

                for (; j < dim; j++)
                {
                    uint hash = Hash(((uint)j + low) ^ high);
                    float value = hash >= threshold ? from[at + j] * scale : 0f;
                    into[at + j] = adds ? into[at + j] + value : value;
                }
            }
        }

        private static uint Hash(uint x)
        {
            x ^= x >>> 16;
            x *= 0x7feb352du;
            x ^= x >>> 15;
            x *= 0x846ca68bu;
            return x ^ (x >>> 16);
        }

        private static Vector256<uint> Hash(Vector256<uint> x)
        {
            x ^= x >>> 16;
            x *= Vector256.Create(0x7feb352du);
            x ^= x >>> 15;
            x *= Vector256.Create(0x846ca68bu);
            return x ^ (x >>> 16);
        }
    }
}
