using System.Numerics;

namespace Ratchet.Datasets.Quality;

/// <summary>A short signature of a set; the share of equal places estimates how alike two sets are.</summary>
public static class MinHash
{
    /// <summary>Places of a signature.</summary>
    public const int Length = 128;

    private static readonly uint[] Masks = Constants(1);
    private static readonly uint[] Factors = [.. Constants(2).Select(value => value | 1)];

    /// <summary>The signature of a set of hashed shingles.</summary>
    public static uint[] Signature(IReadOnlyCollection<ulong> shingles)
    {
        uint[] signature = new uint[Length];
        Array.Fill(signature, uint.MaxValue);
        foreach (ulong shingle in shingles)
        {
            // Several places at once; 128 is a whole number of vectors of any width.
            var value = new Vector<uint>((uint)(shingle >> 32) ^ (uint)shingle);
            for (int place = 0; place < Length; place += Vector<uint>.Count)
            {
                Vector<uint> hash = (value ^ new Vector<uint>(Masks, place)) * new Vector<uint>(Factors, place);
                hash ^= hash >>> 15;
                hash *= 0x2C1B3C6D;
                hash ^= hash >>> 13;
                Vector.Min(hash, new Vector<uint>(signature, place)).CopyTo(signature, place);
            }
        }

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

    private static uint[] Constants(ulong series) =>
        [.. Enumerable.Range(1, Length).Select(place => (uint)(Shingles.Mix(((ulong)place * 0x9E3779B97F4A7C15) ^ (series << 48)) >> 32))];
}
