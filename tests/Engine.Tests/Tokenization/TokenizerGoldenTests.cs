using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Ids, decoded text, streamed text and offsets of the bundled vocabularies are exactly the reference's.</summary>
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

    private sealed record ConfiguredCase(string Kind, string Text, string? Pair, int[] Ids);

    private sealed record LikelihoodFile(LikelihoodRow[] Rows);

    private sealed record LikelihoodRow(string Text, int[] Ids);

    private sealed record EmbeddingRow(string Text, int[] Ids);

    [Theory]
    [InlineData("smollm2")]
    [InlineData("minilm")]
    public void Ids_are_the_references(string name)
    {
        ITokenizer tokenizer = BundledVocabularies.Get(name);
        foreach (Case c in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl"))
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text, parseSpecial: true));
            Assert.Equal(c.IdsWithSpecial, tokenizer.Encode(c.Text, parseSpecial: true, addSpecial: true));
            Assert.Equal(c.IdsSpecialAsText, tokenizer.Encode(c.Text));
        }
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("minilm")]
    public void Decoded_and_streamed_text_is_the_references(string name)
    {
        ITokenizer tokenizer = BundledVocabularies.Get(name);
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

    [Theory]
    [InlineData("smollm2")]
    [InlineData("minilm")]
    public void Offsets_are_the_references(string name)
    {
        ITokenizer tokenizer = BundledVocabularies.Get(name);
        foreach (Case c in Golden.ReadLines<Case>($"tokenizers/{name}/cases.jsonl").Where(c => c.Offsets is not null))
        {
            TokenSpan[] spans = tokenizer.EncodeWithOffsets(c.Text, parseSpecial: true);

            Assert.Equal(c.Ids, spans.Select(span => span.Id));
            Assert.Equal(c.Offsets!.Select(o => (o[0], o[1])), spans.Select(span => (span.Start, span.End)));
        }
    }

    [Fact]
    public void A_text_that_is_too_long_for_the_encoder_is_cut_before_its_end_token()
    {
        ITokenizer tokenizer = BundledVocabularies.Get("minilm");
        foreach (ConfiguredCase c in Golden.ReadLines<ConfiguredCase>("tokenizers/minilm/configured.jsonl"))
        {
            if (c.Pair is null)
            {
                int tokensMax = c.Kind.Contains("128", StringComparison.Ordinal) ? 128 : 256;
                int[] ids = tokenizer.EncodeAtMost(c.Text, tokensMax);

                // Padding is the batch's business; its id is 0.
                Assert.Equal(c.Ids[..ids.Length], ids);
                Assert.All(c.Ids[ids.Length..], id => Assert.Equal(tokenizer.PaddingToken, id));
            }
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
