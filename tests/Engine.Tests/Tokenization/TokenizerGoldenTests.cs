using System.Globalization;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Ids, decoded text, streamed text and offsets are exactly the reference's, whichever files a tokenizer is read from.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerGoldenTests
{
    private sealed record Case(
        string Group, string Text, int[] Ids, int[] IdsWithSpecial, int[] IdsSpecialAsText, string Decoded,
        string DecodedSkipSpecial, string[] Stream, string StreamEnd)
    {
        // The policy of snake_case would look for "offsets_utf_16".
        [System.Text.Json.Serialization.JsonPropertyName("offsets_utf16")]
        public int[][]? Offsets { get; init; }
    }

    private sealed record DecodeCase(
        int[] Ids, string Decoded, string[] Stream, string StreamEnd, bool StreamEqualsDecoded = true);

    private sealed record ConfiguredCase(string Kind, string Text, string? Pair, int[] Ids, int[] TypeIds, int[] AttentionMask);

    private sealed record LikelihoodFile(LikelihoodRow[] Rows);

    private sealed record LikelihoodRow(string Text, int[] Ids);

    private sealed record EmbeddingRow(string Text, int[] Ids);

    public static TheoryData<string, string> Tokenizers => [.. GoldenTokenizers.All];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Tokenizers))]
    public void Ids_are_the_references(string name, string form)
    {
        ITokenizer tokenizer = GoldenTokenizers.Get(name, form);
        foreach (Case c in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl"))
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text, parseSpecial: true));
            Assert.Equal(c.IdsWithSpecial, tokenizer.Encode(c.Text, parseSpecial: true, addSpecial: true));
            Assert.Equal(c.IdsSpecialAsText, tokenizer.Encode(c.Text));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Tokenizers))]
    public void Decoded_and_streamed_text_is_the_references(string name, string form)
    {
        ITokenizer tokenizer = GoldenTokenizers.Get(name, form);
        foreach (Case c in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl"))
        {
            Assert.Equal(c.Decoded, tokenizer.Decode(c.Ids));
            Assert.Equal(c.DecodedSkipSpecial, tokenizer.Decode(c.Ids, skipSpecial: true));
            AssertStream(tokenizer, c.Ids, c.Stream, c.StreamEnd);
        }

        foreach (DecodeCase c in Golden.ReadLines<DecodeCase>($"tokenizers/{name}/decode.jsonl"))
        {
            AssertStream(tokenizer, c.Ids, c.Stream, c.StreamEnd);
            if (c.StreamEqualsDecoded)
            {
                Assert.Equal(c.Decoded, tokenizer.Decode(c.Ids));
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Tokenizers))]
    public void Offsets_are_the_references(string name, string form)
    {
        ITokenizer tokenizer = GoldenTokenizers.Get(name, form);
        foreach (Case c in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl").Where(c => c.Offsets is not null))
        {
            TokenSpan[] spans = tokenizer.EncodeWithOffsets(c.Text, parseSpecial: true);

            Assert.Equal(c.Ids, spans.Select(span => span.Id));
            Assert.Equal(c.Offsets!.Select(o => (o[0], o[1])), spans.Select(span => (span.Start, span.End)));
        }
    }

    [Fact]
    public void Texts_and_pairs_are_cut_and_filled_up_as_their_files_ask()
    {
        var tokenizer = (TextTokenizer)BundledVocabularies.Get("minilm");
        foreach (ConfiguredCase c in Golden.ReadLines<ConfiguredCase>("tokenizers/minilm/configured.jsonl"))
        {
            // The kind says in words what the files ask for: "cut to 128", "padded to 128".
            EncodedText encoded = tokenizer.EncodePair(c.Text, c.Pair, Number(c.Kind, "cut to "), Number(c.Kind, "padded to "));

            Assert.Equal(c.Ids, encoded.Ids);
            Assert.Equal(c.TypeIds, encoded.TypeIds);
            Assert.Equal(c.AttentionMask, encoded.AttentionMask);
            if (c.Pair is null && Number(c.Kind, "cut to ") is { } most)
            {
                Assert.Equal(c.Ids.Where((_, i) => c.AttentionMask[i] == 1), tokenizer.EncodeAtMost(c.Text, most));
            }
        }

        static int? Number(string kind, string before)
        {
            int at = kind.IndexOf(before, StringComparison.Ordinal);
            return at < 0 ? null : int.Parse(string.Concat(kind[(at + before.Length)..].TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void Texts_of_the_other_golden_folders_give_their_ids()
    {
        ITokenizer language = BundledVocabularies.Get("smollm2");
        foreach (LikelihoodRow row in Golden.Read<LikelihoodFile>("smollm2/likelihood.json").Rows)
        {
            Assert.Equal(row.Ids, language.Encode(row.Text)[..row.Ids.Length]);
        }

        ITokenizer encoder = BundledVocabularies.Get("minilm");
        foreach (EmbeddingRow row in Golden.Read<EmbeddingRow[]>("minilm/embeddings.json"))
        {
            Assert.Equal(row.Ids, encoder.EncodeAtMost(row.Text, 512));
        }
    }

    private static void AssertStream(ITokenizer tokenizer, int[] ids, string[] stream, string streamEnd)
    {
        var decoder = new IncrementalDecoder(tokenizer, skipSpecial: false);
        Assert.Equal(stream, ids.Select(decoder.Append));
        Assert.Equal(streamEnd, decoder.Finish());
    }
}
