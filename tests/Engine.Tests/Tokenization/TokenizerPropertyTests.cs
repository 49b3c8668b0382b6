using System.Diagnostics;
using System.Text;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>What holds for any text and any ids, beyond the reference's cases.</summary>
public sealed class TokenizerPropertyTests
{
    private static readonly ITokenizer BytePairs = BundledVocabularies.Get("smollm2");
    private static readonly ITokenizer WordPieces = BundledVocabularies.Get("minilm");

    [Fact]
    public void Byte_pairs_give_every_text_back() => Claim.Holds(cases: 200, (random, size) =>
    {
        string text = SpeltText(random, size);
        int[] ids = BytePairs.Encode(text);

        Assert.Equal(text, BytePairs.Decode(ids));
        Assert.Equal(ids, BytePairs.Encode(text));
        Assert.Equal(ids, BytePairs.EncodeWithOffsets(text).Select(span => span.Id));
    });

    [Fact]
    public void Spans_run_through_the_text_from_left_to_right() => Claim.Holds(cases: 200, (random, size) =>
    {
        string text = AnyText(random, size);
        foreach (ITokenizer tokenizer in new[] { BytePairs, WordPieces })
        {
            int start = 0;
            foreach (TokenSpan span in tokenizer.EncodeWithOffsets(text, parseSpecial: true, addSpecial: true))
            {
                Assert.InRange(span.Start, start, text.Length);
                Assert.InRange(span.End, span.Start, text.Length);
                Assert.InRange(span.Id, 0, tokenizer.VocabularySize - 1);
                start = span.Start;
            }
        }
    });

    [Fact]
    public void Streamed_text_is_the_decoded_text() => Claim.Holds(cases: 200, (random, size) =>
    {
        foreach (ITokenizer tokenizer in new[] { BytePairs, WordPieces })
        {
            int[] ids = [.. Enumerable.Range(0, size).Select(_ => random.Next(tokenizer.VocabularySize))];
            foreach (bool skip in new[] { false, true })
            {
                var decoder = new IncrementalDecoder(tokenizer, skip);
                string[] pieces = [.. ids.Select(decoder.Append), decoder.Finish()];

                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(pieces));
                Assert.All(pieces.SkipLast(1), piece => Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1])));
            }
        }
    });

    [Fact]
    public void A_word_too_long_to_scan_merges_as_a_short_one_does()
    {
        // Letters without a break, longer than what is merged by looking at all pairs: the heap must agree with the plain rule.
        Claim.Holds(cases: 60, (random, size) =>
        {
            string word = new([.. Enumerable.Range(0, 41 + size).Select(_ => (char)('a' + random.Next(6)))]);

            Assert.Equal(MergedPlainly(word), BytePairs.Encode(word));
        });
    }

    [Fact]
    public void Time_grows_with_the_length_of_a_text_and_not_with_its_square()
    {
        // Looking at every pair again after every merge would take 10¹⁰ looks, which is minutes on any machine.
        string word = string.Concat(Enumerable.Repeat("abracadabra", 16_000));
        long started = Stopwatch.GetTimestamp();

        int count = BytePairs.Encode(word).Length;
        _ = WordPieces.Encode(word);

        Assert.InRange(count, 16_000, word.Length);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(45));
    }

    [Fact]
    public void A_text_over_the_limit_is_refused_with_its_length()
    {
        string text = new('a', ITokenizer.TextLengthMax + 1);

        Assert.Contains("16,777,217", Assert.Throws<ArgumentException>(() => BytePairs.Encode(text)).Message, StringComparison.Ordinal);
        _ = Assert.Throws<ArgumentException>(() => WordPieces.Encode(text));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(49152)]
    public void An_id_outside_the_vocabulary_is_refused(int id)
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => BytePairs.Decode([id]));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => BytePairs.IsSpecial(id));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => WordPieces.TokenText(id));
    }

    [Fact]
    public void Vocabularies_that_contradict_themselves_are_refused()
    {
        var sound = new VocabularyData { Model = "gpt2", PreTokenizer = "gpt-2", Tokens = ["a", "b", "ab"], Merges = ["a b"] };
        Assert.Equal([2, 0], Tokenizers.Create(sound).Encode("aba"));

        VocabularyData[] broken =
        [
            sound with { Tokens = [] },
            sound with { TokenTypes = [1] },
            sound with { EndToken = 3 },
            sound with { BeginToken = -1 },
            sound with { Merges = ["a c"] },
            sound with { Merges = ["ab"] },
            sound with { Merges = [""] },
            sound with { PreTokenizer = "unheard-of" },
            sound with { Model = "unheard-of" },
            new VocabularyData { Model = "bert", Tokens = ["a"] },
        ];
        Assert.All(broken, data => Assert.Throws<VocabularyException>(() => Tokenizers.Create(data)));
    }

    [Fact]
    public void Threads_may_share_a_tokenizer()
    {
        string text = string.Join(' ', Enumerable.Range(0, 2000).Select(i => $"word{i % 97} naïve{i} 中{i % 13}文"));
        ITokenizer[] tokenizers = [BytePairs, WordPieces];
        int[][] alone = [.. tokenizers.Select(tokenizer => tokenizer.Encode(text))];

        _ = Parallel.For(0, 8, i => Assert.Equal(alone[i % 2], tokenizers[i % 2].Encode(text)));
    }

    // Best-ranked pair first, of equals the leftmost, by looking at all pairs after each merge.
    private static int[] MergedPlainly(string word)
    {
        List<string> symbols = [.. word.Select(c => c.ToString())];
        Dictionary<(string, string), int> ranks = BundledVocabularies.SmolLm2Ranks;
        while (true)
        {
            int best = -1;
            int rank = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out int found) && found < rank)
                {
                    (best, rank) = (i, found);
                }
            }

            if (best < 0)
            {
                return [.. symbols.Select(symbol => BytePairs.IdOf(symbol)!.Value)];
            }

            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }

    private static string AnyText(Random random, int size)
    {
        var text = new StringBuilder();
        string[] pieces = ["<|im_end|>", "[MASK]", "  ", "\r\n", "'ll", "e\u0301", "\uD800", "\uDC00", "\0", "中", "가", "½", "\u0085"];
        for (int i = 0; i < size; i++)
        {
            text.Append(random.Next(3) switch
            {
                0 => pieces[random.Next(pieces.Length)],
                1 => ((char)random.Next(0x20, 0x7F)).ToString(),
                _ => new Rune(random.Next(2) == 0 ? random.Next(0xD800) : random.Next(0xE000, 0x110000)).ToString(),
            });
        }

        return text.ToString();
    }

    // Without what the vocabulary cannot spell: some control bytes, and the lead bytes of planes that hold no text.
    private static string SpeltText(Random random, int size) => string.Concat(AnyText(random, size).EnumerateRunes()
        .Where(rune => rune.Value is (>= 0x20 or '\t' or '\n' or '\r') and < 0x40000 && BytePairs.Encode(rune.ToString()) is { Length: > 0 } ids
            && BytePairs.Decode(ids) == rune.ToString())
        .Select(rune => rune.ToString()));
}
