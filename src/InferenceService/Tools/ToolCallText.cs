using System.Text;
using System.Text.Json;

namespace Ratchet.InferenceService.Tools;

/// <summary>The JSON of calls as models write it.</summary>
internal static class ToolCallText
{
    public const string Tag = "<tool_call>";
    public const string EndTag = "</tool_call>";
    public const string Arguments = "arguments";
    public const string Parameters = "parameters";

    private static readonly JsonReaderOptions Reading = new() { AllowTrailingCommas = true, MaxDepth = 64 };

    /// <summary>Reads the first JSON value of a text as a call.</summary>
    /// <param name="text">May go on after the value.</param>
    /// <param name="length">Characters that the call takes.</param>
    /// <returns>Null where the text does not begin with a whole call.</returns>
    public static FunctionCall? Read(string text, out int length)
    {
        length = 0;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, isFinalBlock: true, new JsonReaderState(Reading));
        try
        {
            if (!JsonElement.TryParseValue(ref reader, out JsonElement? value) || value is not { ValueKind: JsonValueKind.Object } call)
            {
                return null;
            }

            length = Encoding.UTF8.GetCharCount(bytes, 0, (int)reader.BytesConsumed);
            return call.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
                && ArgumentsOf(call) is { } arguments
                ? new FunctionCall(name.GetString()!, arguments)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Some models write the arguments as text that holds JSON. Whatever they are, a function takes an object.
    private static string? ArgumentsOf(JsonElement call)
    {
        if (!call.TryGetProperty(Arguments, out JsonElement arguments) && !call.TryGetProperty(Parameters, out arguments))
        {
            return "{}";
        }

        if (arguments.ValueKind == JsonValueKind.String)
        {
            arguments = JsonElement.Parse(arguments.GetString()!);
        }

        return arguments.ValueKind switch
        {
            JsonValueKind.Object => arguments.GetRawText(),
            JsonValueKind.Null => "{}",
            _ => null,
        };
    }
}

/// <summary>A call as the model wrote it.</summary>
/// <param name="Name">The function's.</param>
/// <param name="Arguments">JSON.</param>
internal sealed record FunctionCall(string Name, string Arguments);
