using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.Gateway.Tests;

/// <summary>JSON in and out of tests, by hand: what is checked is the wire, not our records.</summary>
public static class Wire
{
    public static string Text(object value) => value as string ?? JsonSerializer.Serialize(value);

    public static StringContent Body(object value) => new(Text(value), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    public static object Question(string text, string? model = null, bool stream = false) =>
        new { model, stream, messages = new[] { new { role = "user", content = text } } };

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    /// <summary>The data of each event of a stream, [DONE] among them.</summary>
    public static async Task<List<string>> EventsAsync(this HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => string.Concat(block.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..])))];
    }

    public static string Content(this IEnumerable<string> events) => string.Concat(events
        .Where(item => item.StartsWith('{'))
        .Select(item => (string?)(JsonNode.Parse(item)!["choices"] as JsonArray)?.FirstOrDefault()?["delta"]?["content"]));
}
