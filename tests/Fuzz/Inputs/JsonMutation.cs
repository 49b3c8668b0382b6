using System.Text;
using System.Text.Json;

namespace Ratchet.Fuzz.Inputs;

/// <summary>Changes values and names of JSON into what a reader may not expect; the text stays JSON, mostly.</summary>
internal static class JsonMutation
{
    private const int LongLength = 20_000;
    private const int DeepLevels = 3_000;

    private static readonly string[] Odd =
    [
        "null", "true", "false", "0", "-1", "1", "2", "1e999", "-1e-999", "0.5", "1e-7", "2147483647", "2147483648", "-2147483649",
        "9223372036854775807", "18446744073709551616", "1e308", "\"\"", "\"auto\"", "\"\\ud800\"", "\"\\u0000\"", "\"none\"", "\"(a+)+$\"", "\"[\"",
        "\"(?:.*){9}x\"", "[]", "{}", "[null]", "[[1,2],[3]]", "[-1]", "{\"\":{}}", "{\"a\":1,\"a\":2}", "\"../../etc/passwd\"", "\"1\"", "[\"q_proj\"]",
    ];

    public static byte[] Of(byte[] json, Random random)
    {
        byte[] text = json;
        for (int left = random.Next(1, 4); left > 0; left--)
        {
            List<(int Start, int End)> tokens = Tokens(text);
            if (tokens.Count == 0)
            {
                return text;
            }

            (int start, int end) = tokens[random.Next(tokens.Count)];
            byte[] with = random.Next(12) switch
            {
                0 => [],
                1 => Encoding.UTF8.GetBytes($"\"{new string('x', random.Next(LongLength))}\""),
                2 => Nested(random.Next(1, DeepLevels)),
                3 => [.. text.AsSpan(start, end - start), .. ", "u8, .. text.AsSpan(start, end - start)],
                4 or 5 => Copied(text, tokens, random),
                _ => Encoding.UTF8.GetBytes(Odd[random.Next(Odd.Length)]),
            };
            text = [.. text.AsSpan(0, start), .. with, .. text.AsSpan(end)];
        }

        return text;
    }

    private static byte[] Copied(byte[] text, List<(int Start, int End)> tokens, Random random)
    {
        (int start, int end) = tokens[random.Next(tokens.Count)];
        return text[start..end];
    }

    private static byte[] Nested(int levels) => Encoding.UTF8.GetBytes(new string('[', levels) + new string(']', levels));

    // Where names and plain values lie; what a damaged text still has of them.
    private static List<(int Start, int End)> Tokens(byte[] text)
    {
        var tokens = new List<(int, int)>();
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = DeepLevels * 4, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject or JsonTokenType.StartArray or JsonTokenType.EndArray))
                {
                    tokens.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed - (reader.TokenType == JsonTokenType.PropertyName ? 1 : 0)));
                }
            }
        }
        catch (JsonException)
        {
            // The rest is no JSON any more.
        }

        return tokens;
    }
}
