using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ratchet.EndToEnd.Tests;

/// <summary>Small training files.</summary>
public static class TrainingText
{
    /// <summary>Conversations in OpenAI's format, one a line.</summary>
    public static string Lines(int count)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            text.Append(JsonSerializer.Serialize(new
            {
                messages = new[]
                {
                    new { role = "user", content = $"Which shelf holds the parts of bicycle number {number}?" },
                    new { role = "assistant", content = $"Bicycle {number} has its parts on shelf {(i * 7) + 3}. [Rule B-{number}]" },
                },
            })).Append('\n');
        }

        return text.ToString();
    }
}
