using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Tests.Models;

public sealed class DecoderRunnerTests
{
    private static readonly ReadOnlyMemory<int> Text = new[] { 1, 4093, 198, 1780, 314, 260, 3575, 282, 4649, 47, 2, 198, 1, 520, 9531, 198, 504, 3575 };

    // Rows do not depend on their neighbours, so these are exact in every precision.
    [Theory]
    [InlineData(Precision.Float32, null)]
    [InlineData(Precision.Int8, null)]
    [InlineData(Precision.Int8, Precision.BFloat16)]
    public void A_text_through_the_cache_gives_the_logits_of_one_pass(Precision precision, Precision? promptPrecision)
    {
        using var runner = new DecoderRunner(Bundled.Decoder, precision, 64, promptPrecision);
        using ISequenceCache whole = runner.CreateCache(Text.Length);
        runner.Forward([new SequencePiece(whole, Text, null, LogitRows.All)]);
        float[] expected = runner.Logits(Text.Length - 1).ToArray();

        using ISequenceCache pieces = runner.CreateCache(64);
        runner.Forward([new SequencePiece(pieces, Text[..7], null, LogitRows.None)]);
        Assert.Equal(0, runner.LogitRowCount);
        runner.Forward([new SequencePiece(pieces, Text[7..17])]);
        runner.Forward([new SequencePiece(pieces, Text[17..])]);
        Assert.Equal(expected, runner.Logits(0).ToArray());

        using ISequenceCache copy = runner.CreateCache(40);
        copy.CopyFrom(pieces, 12);
        runner.Forward([new SequencePiece(copy, Text[12..])]);
        Assert.Equal(expected, runner.Logits(0).ToArray());

        pieces.Truncate(5);
        runner.Forward([new SequencePiece(pieces, Text[5..])]);
        Assert.Equal(expected, runner.Logits(0).ToArray());
    }

    [Theory]
    [InlineData(Precision.Float32, null)]
    [InlineData(Precision.Int8, null)]
    [InlineData(Precision.Int8, Precision.BFloat16)]
    public void A_sequence_in_a_batch_gives_the_logits_it_gives_alone(Precision precision, Precision? promptPrecision)
    {
        using var runner = new DecoderRunner(Bundled.Decoder, precision, 64, promptPrecision);
        using ISequenceCache alone = runner.CreateCache(32);
        runner.Forward([new SequencePiece(alone, Text)]);
        float[] expected = runner.Logits(0).ToArray();

        using ISequenceCache first = runner.CreateCache(32);
        using ISequenceCache second = runner.CreateCache(32);
        using ISequenceCache third = runner.CreateCache(32);
        runner.Forward(
        [
            new SequencePiece(first, Text[3..9], null, LogitRows.Last), new SequencePiece(second, Text),
            new SequencePiece(third, Text[..1], null, LogitRows.Last),
        ]);
        Assert.Equal(3, runner.LogitRowCount);
        Assert.Equal(expected, runner.Logits(1).ToArray());
    }

    [Theory]
    [InlineData(Precision.Float32, null)]
    [InlineData(Precision.Int8, Precision.BFloat16)]
    public void Thread_count_changes_no_bit(Precision precision, Precision? promptPrecision)
    {
        int threads = RowLoop.ThreadCount;
        try
        {
            RowLoop.ThreadCount = 1;
            float[] one = Last();
            RowLoop.ThreadCount = 3;
            Assert.Equal(one, Last());
        }
        finally
        {
            RowLoop.ThreadCount = threads;
        }

        float[] Last()
        {
            using var runner = new DecoderRunner(Bundled.Decoder, precision, 64, promptPrecision);
            using ISequenceCache cache = runner.CreateCache(32);
            runner.Forward([new SequencePiece(cache, Text)]);
            return runner.Logits(0).ToArray();
        }
    }

    [Theory]
    [InlineData(CachePrecision.Float32, CachePrecision.Int16)]
    [InlineData(CachePrecision.Int16, CachePrecision.Float32)]
    public void A_cache_of_other_numbers_is_refused_and_memory_is_counted_as_it_is(CachePrecision own, CachePrecision others)
    {
        using var runner = new DecoderRunner(Bundled.Decoder, Precision.Int8, 16, null, own);
        using var other = new DecoderRunner(Bundled.Decoder, Precision.Int8, 16, null, others);
        using ISequenceCache theirs = other.CreateCache(64);
        using ISequenceCache ours = runner.CreateCache(64);
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => runner.Forward([new SequencePiece(theirs, Text[..2])]));
        Assert.Contains(own.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, theirs.Length);
        other.Forward([new SequencePiece(theirs, Text[..2])]);
        Assert.Throws<ArgumentException>(() => ours.CopyFrom(theirs, 1));
        Assert.Equal(KeyValueCache.BytesOf(Bundled.Decoder.Config, 1000, own), runner.CacheBytesOf(1000));
    }

    [Fact]
    public void A_pass_that_cannot_run_leaves_the_caches_as_they_were()
    {
        using var runner = new DecoderRunner(Bundled.Decoder, Precision.Int8, 16);
        using ISequenceCache small = runner.CreateCache(4);
        Assert.Throws<ArgumentException>(() => runner.Forward([new SequencePiece(small, Text[..5])]));
        Assert.Throws<ArgumentException>(() => runner.Forward([new SequencePiece(small, new[] { 49_152 })]));
        Assert.Throws<ArgumentException>(() => runner.Forward([new SequencePiece(small, new[] { 1 }), new SequencePiece(small, new[] { 1 })]));
        using ISequenceCache large = runner.CreateCache(64);
        Assert.Throws<ArgumentException>(() => runner.Forward([new SequencePiece(large, Text)]));
        Assert.Equal(0, small.Length);
        Assert.Equal(0, large.Length);
    }
}
