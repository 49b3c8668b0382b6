using System.Text.Json;

namespace Ratchet.Engine.Tokenization;

/// <summary>
/// Keeps what people wrote apart from what the template wrote: the spelling of a special token inside a message is broken
/// up by a mark before rendering, so that it is not found afterwards, and the mark is taken out before text becomes ids.
/// </summary>
/// <remarks>The mark is a character that Unicode sets aside for such use and that stands in none of the messages.</remarks>
internal sealed class ContentGuard
{
    private const char FirstMark = '\uFDD0';
    private const char LastMark = '\uFDEF';

    private readonly ITokenizer _tokenizer;
    private readonly char _mark;

    private ContentGuard(ITokenizer tokenizer, char mark)
    {
        _tokenizer = tokenizer;
        _mark = mark;
    }

    /// <summary>Guards a conversation.</summary>
    /// <exception cref="ArgumentException">The messages use every one of the marks.</exception>
    internal static (ContentGuard Guard, IReadOnlyList<ChatMessage> Messages) For(
        ITokenizer tokenizer, IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        char mark = FirstMark;
        while (messages.Any(message => Holds(message, mark)) || variables?.Any(variable => Holds(variable.Value, mark)) == true)
        {
            mark = mark < LastMark ? (char)(mark + 1) : throw new ArgumentException(
                "The messages hold all of the characters U+FDD0 to U+FDEF, which are not for text. Leave one out.",
                nameof(messages));
        }

        var guard = new ContentGuard(tokenizer, mark);
        return (guard, [.. messages.Select(guard.Guarded)]);
    }

    /// <summary>Text without marks.</summary>
    internal string Clean(ReadOnlySpan<char> text) =>
        text.Contains(_mark) ? text.ToString().Replace(_mark.ToString(), "", StringComparison.Ordinal) : text.ToString();

    private static bool Holds(ChatMessage message, char mark) =>
        message.Role.Contains(mark, StringComparison.Ordinal)
        || message.Content?.Contains(mark, StringComparison.Ordinal) == true
        || message.Fields.Any(field => Holds(field.Value, mark) || field.Key.Contains(mark, StringComparison.Ordinal));

    private static bool Holds(JsonElement value, char mark) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains(mark, StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Any(element => Holds(element, mark)),
        JsonValueKind.Object => value.EnumerateObject().Any(
            entry => entry.Name.Contains(mark, StringComparison.Ordinal) || Holds(entry.Value, mark)),
        _ => false,
    };

    private ChatMessage Guarded(ChatMessage message) => new(Guarded(message.Role), message.Content is null ? null : Guarded(message.Content))
    {
        Fields = message.Fields.Count == 0
            ? message.Fields
            : message.Fields.ToDictionary(field => field.Key, field => Guarded(field.Value)),
    };

    // After a find the search goes on at its second character: a special token may begin inside another's spelling.
    private string Guarded(string text)
    {
        if (!_tokenizer.TryFindSpecial(text, out _, out _, out _))
        {
            return text;
        }

        var guarded = new System.Text.StringBuilder(text.Length + 16);
        int from = 0;
        while (_tokenizer.TryFindSpecial(text.AsSpan(from), out int start, out _, out _))
        {
            guarded.Append(text, from, start + 1).Append(_mark);
            from += start + 1;
        }

        return guarded.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>JSON whose texts and names are guarded as messages are.</summary>
    internal JsonElement Guarded(JsonElement value)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, value);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                json.WriteStringValue(Guarded(value.GetString()!));
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (JsonElement element in value.EnumerateArray())
                {
                    Write(json, element);
                }

                json.WriteEndArray();
                break;
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (JsonProperty entry in value.EnumerateObject())
                {
                    json.WritePropertyName(Guarded(entry.Name));
                    Write(json, entry.Value);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Undefined:
                json.WriteNullValue();
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }
}
