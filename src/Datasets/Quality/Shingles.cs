using System.Text;

namespace Ratchet.Datasets.Quality;

/// <summary>Runs of five words, hashed: what near duplicates share.</summary>
public static class Shingles
{
    /// <summary>Words in a shingle.</summary>
    public const int WordCount = 5;

    /// <summary>The set of a text's shingles; a shorter text is one shingle, an empty one has none.</summary>
    public static HashSet<ulong> Of(string text)
    {
        List<ulong> words = Words(text);
        var shingles = new HashSet<ulong>();
        if (words.Count == 0)
        {
            return shingles;
        }

        int width = Math.Min(WordCount, words.Count);
        for (int start = 0; start + width <= words.Count; start++)
        {
            ulong hash = 0;
            for (int word = start; word < start + width; word++)
            {
                hash = Mix(hash ^ words[word]);
            }

            shingles.Add(hash);
        }

        return shingles;
    }

    /// <summary>Shared shingles over all shingles; 0 where a text has none.</summary>
    public static double Jaccard(HashSet<ulong> first, HashSet<ulong> second)
    {
        int shared = first.Count(second.Contains);
        int all = first.Count + second.Count - shared;
        return all == 0 ? 0 : (double)shared / all;
    }

    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    // Runs of letters and digits, lower case; a CJK character is a word of its own, for it has no spaces around it.
    private static List<ulong> Words(string text)
    {
        var words = new List<ulong>();
        ulong word = 0;
        bool open = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool ideograph = rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or >= 0x20000;
            if (open && (ideograph || !Rune.IsLetterOrDigit(rune)))
            {
                words.Add(word);
                open = false;
            }

            if (ideograph)
            {
                words.Add(Mix((ulong)rune.Value + 0x9E3779B97F4A7C15));
            }
            else if (Rune.IsLetterOrDigit(rune))
            {
                word = Mix((open ? word : 0x9E3779B97F4A7C15) + (ulong)Rune.ToLowerInvariant(rune).Value);
                open = true;
            }
        }

        if (open)
        {
            words.Add(word);
        }

        return words;
    }
}
