namespace Ratchet.Datasets.Quality;

/// <summary>A short signature of a set; the share of equal places estimates how alike two sets are.</summary>
public static class MinHash
{
    /// <summary>Places of a signature.</summary>
    public const int Length = 128;

    /// <summary>The signature of a set of hashed shingles.</summary>
    public static uint[] Signature(IReadOnlyCollection<ulong> shingles)
    {
        uint[] signature = new uint[Length];
        Array.Fill(signature, uint.MaxValue);
        foreach (ulong shingle in shingles)
        {
            for (int place = 0; place < Length; place++)
            {
                uint hash = (uint)(Shingles.Mix(shingle + ((ulong)(place + 1) * 0x9E3779B97F4A7C15)) >> 32);
                signature[place] = Math.Min(signature[place], hash);
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
}
