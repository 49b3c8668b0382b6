using System.Text;
using static Ratchet.Datasets.Tests.DatasetText;

namespace Ratchet.Datasets.Tests;

/// <summary>Whatever a file holds, the reader answers with a report.</summary>
public sealed class HostileFileTests
{
    private static readonly string[] Files =
    [
        string.Join('\n', Enumerable.Range(0, 6).Select(index => Chat($"question {index}", $"answer {index} 你好"))),
        """[{"instruction": "a", "input": "", "output": "b", "history": [["c", "d"]]}, {"instruction": "e", "output": "f"}]""",
        """[{"conversations": [{"from": "human", "value": "x"}, {"from": "function_call", "value": "{\"name\": \"n\"}"}], "tools": "[]"}]""",
        "question,answer\nWhen?,\"At 8, \"\"sharp\"\"\"\nWhere?,here\n",
        """{"input":{"messages":[{"role":"user","content":"Hi"}]},"preferred_completion":[{"role":"assistant","content":"Hello"}],"non_preferred_completion":[]}""",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_damage_makes_the_reader_throw_or_lose_its_place(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = Damage(Encoding.UTF8.GetBytes(Files[random.Next(Files.Length)]), random);
            int lines = bytes.Count(value => value == (byte)'\n') + 1;

            DatasetReport report = Read(bytes, round % 3 == 0 ? "data.csv" : "data.jsonl", NoMinimum with { RowBytesMax = 2000 }).Report;

            Assert.Equal(report.Total, report.Accepted + report.Rejected + report.Skipped);
            Assert.All(report.Errors.Concat(report.Warnings), issue => Assert.InRange(issue.Line, 0, lines));
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        List<byte> damaged = [.. bytes];
        for (int change = random.Next(1, 6); change > 0 && damaged.Count > 0; change--)
        {
            int place = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged.RemoveAt(place);
                    break;
                case 1:
                    damaged[place] = (byte)random.Next(256);
                    break;
                case 2:
                    damaged.Insert(place, "{}[]\",:\n\\"u8[random.Next(9)]);
                    break;
                default:
                    damaged.RemoveRange(place, random.Next(Math.Min(20, damaged.Count - place)));
                    break;
            }
        }

        return [.. damaged];
    }
}
