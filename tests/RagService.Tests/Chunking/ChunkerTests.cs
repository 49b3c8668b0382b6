using Ratchet.RagService.Chunking;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Chunking;

public sealed class ChunkerTests
{
    private const string Manual = """
        # Tool library

        Members may borrow tools. A loan lasts seven days.

        ## Fees

        - A drill costs 4 coins a day.
        - A saw costs 3 coins a day; see e.g. the list of Dr. Miller.

        ## Late return

        Each day costs one coin more. After 30 days we ask for the price of the tool.
        """;

    [Fact]
    public void Chunks_follow_headings_and_keep_their_path()
    {
        IReadOnlyList<TextChunk> chunks = Cut(Manual, 40);

        Assert.Equal(
            ["Tool library", "Tool library > Fees", "Tool library > Late return"], chunks.Select(chunk => chunk.Heading));
        Assert.Equal("Members may borrow tools. A loan lasts seven days.", Text(Manual, chunks[0]));
        Assert.StartsWith("- A drill", Text(Manual, chunks[1]), StringComparison.Ordinal);
        Assert.EndsWith("Dr. Miller.", Text(Manual, chunks[1]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_chunk_ends_at_a_sentence()
    {
        IReadOnlyList<TextChunk> chunks = Cut(Manual, 16);

        Assert.All(chunks, chunk => Assert.EndsWith(".", Text(Manual, chunk), StringComparison.Ordinal));
        Assert.Contains(chunks, chunk => Text(Manual, chunk) == "After 30 days we ask for the price of the tool.");
    }

    [Fact]
    public void Overlap_repeats_whole_sentences()
    {
        const string Text = "One two three. Four five six. Seven eight nine. Ten eleven twelve.";
        IReadOnlyList<TextChunk> chunks = Cut(Text, 6, overlap: 3);

        Assert.Equal(
            ["One two three. Four five six.", "Four five six. Seven eight nine.", "Seven eight nine. Ten eleven twelve."],
            chunks.Select(chunk => ChunkerTests.Text(Text, chunk)));
    }

    [Fact]
    public void Chinese_is_cut_at_its_own_full_stops()
    {
        const string Text = "# 营业时间\n\n我们周一至周五开门。周六上午开门！周日休息。";
        IReadOnlyList<TextChunk> chunks = Cut(Text, 12);

        Assert.All(chunks, chunk => Assert.Equal("营业时间", chunk.Heading));
        Assert.Equal(
            ["我们周一至周五开门。", "周六上午开门！周日休息。"], chunks.Select(chunk => ChunkerTests.Text(Text, chunk)));
    }

    [Fact]
    public void A_heading_that_is_all_there_is_becomes_a_chunk() =>
        Assert.Equal("# Closed on Sundays", Text("# Closed on Sundays\n", Cut("# Closed on Sundays\n", 16)[0]));

    [Fact]
    public void No_word_is_lost_and_no_chunk_is_too_long_whatever_the_text() => Claim.Holds(60, (random, size) =>
    {
        string[] parts = ["# Head\n", "\n\n", "word ", "Sentence ends. ", "字", "。", "\n- item ", "verylongword", "😀", "? ", "```\n"];
        string text = string.Concat(Enumerable.Range(0, size * 3).Select(_ => parts[random.Next(parts.Length)]));
        IReadOnlyList<TextChunk> chunks = Cut(text, 16);

        var counter = new WordCounter();
        Assert.All(chunks, chunk => Assert.InRange(counter.Count(Text(text, chunk)), 1, 16));
        Assert.All(chunks.Zip(chunks.Skip(1)), pair => Assert.True(pair.First.Range.End <= pair.Second.Range.Start));
        bool[] isCovered = new bool[text.Length];
        foreach (TextChunk chunk in chunks)
        {
            Array.Fill(isCovered, true, chunk.Range.Start, chunk.Range.Length);
        }

        foreach (TextRange block in Outline.Of(text).SelectMany(section => section.Blocks))
        {
            for (int i = block.Start; i < block.End; i++)
            {
                Assert.True(isCovered[i] || char.IsWhiteSpace(text[i]), $"Character {i} is in no chunk.");
            }
        }
    });

    private static IReadOnlyList<TextChunk> Cut(string text, int tokens, int overlap = 0) => new Chunker(
        new WordCounter(), new ChunkingOptions { TokensPerChunk = tokens, OverlapTokens = overlap }).Cut(text);

    private static string Text(string text, TextChunk chunk) => text[chunk.Range.Start..chunk.Range.End];
}
