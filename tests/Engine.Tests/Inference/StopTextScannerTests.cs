using System.Text;
using Ratchet.Engine.Inference;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Inference;

public sealed class StopTextScannerTests
{
    [Fact]
    [Trait("Category", "Golden")]
    public void Stops_across_tokens_are_cut_and_false_starts_given_back()
    {
        foreach (StopCase golden in Golden.Read<List<StopCase>>("sampling/stop.json"))
        {
            var scanner = new StopTextScanner(golden.Stop);
            var received = new StringBuilder();
            int used = 0;
            foreach (string hex in golden.PiecesHex)
            {
                received.Append(scanner.Append(Convert.FromHexString(hex)));
                Assert.Equal(golden.ReceivedAfterEachPiece[used], received.ToString());
                used++;
                if (scanner.Stopped)
                {
                    break;
                }
            }

            received.Append(scanner.Finish());
            Assert.Equal(golden.Text, received.ToString());
            Assert.Equal(golden.FinishReason == "stop", scanner.Stopped);
            Assert.Equal(golden.PiecesUsed, used);
        }
    }

    [Fact]
    public void The_text_does_not_depend_on_how_tokens_cut_it() => Claim.Holds(cases: 60, (random, size) =>
    {
        const string Alphabet = "aab<>é\U0001F600|";
        var text = new StringBuilder();
        for (int i = 0; i < size; i++)
        {
            text.Append(Alphabet[random.Next(5)]);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text + "é\U0001F600");
        string[] stops = ["ab<", "<>", "aaaa"];

        string Cut(Func<int> length)
        {
            var scanner = new StopTextScanner(stops);
            var received = new StringBuilder();
            for (int at = 0; at < bytes.Length && !scanner.Stopped;)
            {
                int take = Math.Min(length(), bytes.Length - at);
                received.Append(scanner.Append(bytes.AsSpan(at, take)));
                at += take;
            }

            return received.Append(scanner.Finish()).ToString();
        }

        Assert.Equal(Cut(() => bytes.Length), Cut(() => random.Next(1, 4)));
    });

    private sealed record StopCase(
        string Name, string[] PiecesHex, string[] Stop, string[] ReceivedAfterEachPiece, string Text, string FinishReason,
        int PiecesUsed);
}
