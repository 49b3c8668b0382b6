using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Ratchet.Datasets.Quality;

/// <summary>Runs of five words, hashed: what near duplicates share.</summary>
public static class Shingles
{
    /// <summary>Words in a shingle.</summary>
    public const int WordCount = 5;

    private const ulong WordSeed = 0xCBF29CE484222325;
    private const ulong WordFactor = 0x100000001B3;
    private const ulong IdeographSeed = 0x9E3779B97F4A7C15;

    // Of ASCII: a letter or digit as it is hashed, lower case; 0 ends a word.
    private static readonly byte[] Lowered = [.. Enumerable.Range(0, 128).Select(
        code => char.IsLetterOrDigit((char)code) ? (byte)char.ToLowerInvariant((char)code) : (byte)0)];

    /// <summary>The set of a text's shingles; a shorter text is one shingle, an empty one has none.</summary>
    public static HashSet<ulong> Of(string text)
    {
        var words = new List<ulong>();
        var shingles = new List<ulong>();
        AddWords(text, words);
        AddShingles(CollectionsMarshal.AsSpan(words), shingles);
        return [.. shingles];
    }

    /// <summary>Shared shingles over all shingles; 0 where a text has none.</summary>
    public static double Jaccard(HashSet<ulong> first, HashSet<ulong> second)
    {
        int shared = first.Count(second.Contains);
        int all = first.Count + second.Count - shared;
        return all == 0 ? 0 : (double)shared / all;
    }

    /// <summary>As the other, of sorted shingles without repeats.</summary>
    internal static double Jaccard(ReadOnlySpan<ulong> first, ReadOnlySpan<ulong> second)
    {
        int shared = 0;
        for ((int i, int j) = (0, 0); i < first.Length && j < second.Length;)
        {
            (ulong left, ulong right) = (first[i], second[j]);
            shared += left == right ? 1 : 0;
            i += left <= right ? 1 : 0;
            j += right <= left ? 1 : 0;
        }

        int all = first.Length + second.Length - shared;
        return all == 0 ? 0 : (double)shared / all;
    }

    /// <summary>Adds a hash for each word: runs of letters and digits, lower case; a CJK character is a word of its own, for it has no spaces around it.</summary>
    internal static void AddWords(ReadOnlySpan<char> text, List<ulong> words)
    {
        ulong word = WordSeed;
        bool open = false;
        for (int at = 0; at < text.Length;)
        {
            char character = text[at];
            if (character < 128)
            {
                at++;
                byte lowered = Lowered[character];
                if (lowered != 0)
                {
                    (word, open) = ((word ^ lowered) * WordFactor, true);
                    continue;
                }
            }
            else
            {
                int length = 1;
                if (!Rune.TryCreate(character, out Rune rune))
                {
                    Rune.DecodeFromUtf16(text[at..], out rune, out length);
                }

                at += length;
                bool isIdeograph = rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or >= 0x20000;
                if (!isIdeograph && Rune.IsLetterOrDigit(rune))
                {
                    (word, open) = ((word ^ (ulong)Rune.ToLowerInvariant(rune).Value) * WordFactor, true);
                    continue;
                }

                if (isIdeograph)
                {
                    End(words);
                    words.Add(Mix((ulong)rune.Value + IdeographSeed));
                    continue;
                }
            }

            End(words);
        }

        End(words);

        void End(List<ulong> words)
        {
            if (open)
            {
                words.Add(Mix(word));
                (word, open) = (WordSeed, false);
            }
        }
    }

    /// <summary>Adds the shingles of some words in their order, repeats kept.</summary>
    internal static void AddShingles(ReadOnlySpan<ulong> words, List<ulong> shingles)
    {
        if (words.IsEmpty)
        {
            return;
        }

        int width = Math.Min(WordCount, words.Length);
        for (int start = 0; start + width <= words.Length; start++)
        {
            ulong hash = 0;
            foreach (ulong word in words.Slice(start, width))
            {
                hash = Mix(hash ^ word);
            }

            shingles.Add(hash);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
