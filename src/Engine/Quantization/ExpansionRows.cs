using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Thin rows z = x · Aᵀ rounded to words, as a product with an <see cref="ExpansionMatrix"/> reads them.</summary>
/// <remarks>
/// <code>
/// | rank signed words, as many as a multiple of four | scale F32 |
/// </code>
/// Fifteen bits of the row's largest number: what the rounding takes is far below what the bytes of A and B took.
/// </remarks>
internal static unsafe class ExpansionRows
{
    /// <summary>Ranks that are multiplied together; what is missing counts as zero.</summary>
    public const int RanksTogether = 4;

    /// <summary>Ranks with what is added to come to a multiple of four.</summary>
    public static int Padded(int rank) => (rank + RanksTogether - 1) / RanksTogether * RanksTogether;

    /// <summary>Bytes of a row.</summary>
    public static int RowBytes(int rank) => (Padded(rank) * sizeof(short)) + sizeof(float);

    /// <summary>Rounds rows.</summary>
    /// <param name="z">[rows, <see cref="Padded"/>]; what is beyond the rank is overwritten.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rank">Numbers of a row that count.</param>
    /// <param name="factor">Factor on all of them.</param>
    /// <param name="into">The rounded rows.</param>
    public static void Round(float* z, int rows, int rank, float factor, byte* into)
    {
        // The sum of all products with bytes fits 32 bits.
        int levelMax = Math.Min(short.MaxValue, int.MaxValue / (ExpansionMatrix.LevelMax * rank));
        int padded = Padded(rank);
        for (int row = 0; row < rows; row++, z += padded, into += RowBytes(rank))
        {
            new Span<float>(z + rank, padded - rank).Clear();
            float* scale = (float*)(into + (padded * sizeof(short)));
            if (VectorPath.Width == VectorWidth.Plain)
            {
                RoundPlain(z, padded, levelMax, (short*)into, scale);
            }
            else
            {
                RoundVectors(z, padded, levelMax, (short*)into, scale);
            }

            *scale *= factor;
        }
    }

    private static void RoundPlain(float* z, int count, int levelMax, short* numbers, float* scale)
    {
        float largest = 0f;
        for (int i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(z[i]));
        }

        *scale = largest / levelMax;
        float inverse = largest > 0f ? levelMax / largest : 0f;
        for (int i = 0; i < count; i++)
        {
            numbers[i] = (short)MathF.Round(z[i] * inverse, MidpointRounding.ToEven);
        }
    }

    private static void RoundVectors(float* z, int count, int levelMax, short* numbers, float* scale)
    {
        Vector128<float> most = default;
        for (int i = 0; i < count; i += RanksTogether)
        {
            most = Vector128.Max(most, Vector128.Abs(Vector128.Load(z + i)));
        }

        float largest = MathF.Max(MathF.Max(most[0], most[1]), MathF.Max(most[2], most[3]));
        *scale = largest / levelMax;
        var inverse = Vector128.Create(largest > 0f ? levelMax / largest : 0f);
        for (int i = 0; i < count; i += RanksTogether)
        {
            var levels = Vector128.ConvertToInt32Native(Vector128.Round(Vector128.Load(z + i) * inverse));
            *(long*)(numbers + i) = Vector128.Narrow(levels, levels).AsInt64().ToScalar();
        }
    }
}
