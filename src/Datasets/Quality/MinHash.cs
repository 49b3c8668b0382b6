using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ratchet.Datasets.Quality;

/// <summary>A short signature of a set; the share of equal places estimates how alike two sets are.</summary>
public static class MinHash
{
    /// <summary>Places of a signature.</summary>
    public const int Length = 128;

    // Places that stay in registers while all shingles pass by: 128 is a whole number of four vectors of any width up to 1,024 bits.
    private static readonly int AtOnce = 4 * Vector<uint>.Count;

    private static readonly uint[] Masks = Constants(1);
    private static readonly uint[] Factors = [.. Constants(2).Select(value => value | 1)];

    /// <summary>The signature of a set of hashed shingles.</summary>
    public static uint[] Signature(IReadOnlyCollection<ulong> shingles)
    {
        uint[] signature = new uint[Length];
        Sign([.. shingles], signature);
        return signature;
    }

    /// <summary>The estimated Jaccard similarity.</summary>
    public static double Similarity(uint[] first, uint[] second)
    {
        int equal = 0;
        for (int place = 0; place < Length; place++)
        {
            equal += first[place] == second[place] ? 1 : 0;
        }

        return (double)equal / Length;
    }

    /// <summary>Writes the signature of hashed shingles; a repeat changes nothing.</summary>
    internal static void Sign(ReadOnlySpan<ulong> shingles, Span<uint> signature)
    {
        for (int place = 0; place < Length; place += AtOnce)
        {
            ReadOnlySpan<Vector<uint>> masks = MemoryMarshal.Cast<uint, Vector<uint>>(Masks.AsSpan(place, AtOnce));
            ReadOnlySpan<Vector<uint>> factors = MemoryMarshal.Cast<uint, Vector<uint>>(Factors.AsSpan(place, AtOnce));
            (Vector<uint> mask0, Vector<uint> mask1, Vector<uint> mask2, Vector<uint> mask3) = (masks[0], masks[1], masks[2], masks[3]);
            (Vector<uint> factor0, Vector<uint> factor1, Vector<uint> factor2, Vector<uint> factor3) = (factors[0], factors[1], factors[2], factors[3]);
            var least0 = new Vector<uint>(uint.MaxValue);
            (Vector<uint> least1, Vector<uint> least2, Vector<uint> least3) = (least0, least0, least0);
            foreach (ulong shingle in shingles)
            {
                var value = new Vector<uint>((uint)(shingle >> 32) ^ (uint)shingle);
                least0 = Vector.Min(least0, Hash((value ^ mask0) * factor0));
                least1 = Vector.Min(least1, Hash((value ^ mask1) * factor1));
                least2 = Vector.Min(least2, Hash((value ^ mask2) * factor2));
                least3 = Vector.Min(least3, Hash((value ^ mask3) * factor3));
            }

            Span<Vector<uint>> target = MemoryMarshal.Cast<uint, Vector<uint>>(signature.Slice(place, AtOnce));
            (target[0], target[1], target[2], target[3]) = (least0, least1, least2, least3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Hash(Vector<uint> value)
    {
        value ^= value >>> 15;
        value *= 0x2C1B3C6D;
        return value ^ (value >>> 13);
    }

    private static uint[] Constants(ulong series) =>
        [.. Enumerable.Range(1, Length).Select(place => (uint)(Shingles.Mix(((ulong)place * 0x9E3779B97F4A7C15) ^ (series << 48)) >> 32))];
}
