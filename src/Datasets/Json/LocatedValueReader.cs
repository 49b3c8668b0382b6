using System.Text.Json;
using System.Text.Unicode;

namespace Ratchet.Datasets.Json;

/// <summary>Parses one slice of a file into values with places; reports what stops it.</summary>
internal sealed class LocatedValueReader(IssueList issues, int nestingMax)
{
    /// <returns>Null where the slice is not JSON; the reason has been reported.</returns>
    public LocatedValue? Read(JsonSlice slice)
    {
        var places = new PlaceCursor(slice);
        if (!Utf8.IsValid(slice.Bytes.Span))
        {
            (int line, int column) = places.At(FirstInvalidByte(slice.Bytes.Span, out byte found));
            issues.Error(
                line,
                column,
                DatasetIssueCodes.InvalidEncoding,
                $"The byte 0x{found:X2} is not UTF-8. Save the file as UTF-8.");
            return null;
        }

        // One level above the limit, so that our own message comes before the parser's.
        var json = new Utf8JsonReader(slice.Bytes.Span, new JsonReaderOptions { MaxDepth = nestingMax + 1 });
        try
        {
            json.Read();
            LocatedValue? value = ReadValue(ref json, slice, ref places);
            if (value is not null)
            {
                json.Read();
            }

            return value;
        }
        catch (JsonException fault)
        {
            (int line, int column) = places.Of((int)(fault.LineNumber ?? 0), (int)(fault.BytePositionInLine ?? 0));
            issues.Error(line, column, DatasetIssueCodes.InvalidJson, Reason(fault, slice));
            return null;
        }
        catch (InvalidOperationException)
        {
            (int line, int column) = places.At((int)json.TokenStartIndex);
            issues.Error(
                line,
                column,
                DatasetIssueCodes.InvalidEncoding,
                "This string holds half of a surrogate pair (\\uD800 to \\uDFFF alone), which is no character.");
            return null;
        }
    }

    private LocatedValue? ReadValue(ref Utf8JsonReader json, JsonSlice slice, ref PlaceCursor places)
    {
        int start = (int)json.TokenStartIndex;
        (int line, int column) = places.At(start);
        if (json.CurrentDepth >= nestingMax && json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            issues.Error(
                line,
                column,
                DatasetIssueCodes.NestingTooDeep,
                $"The row is nested deeper than {nestingMax} levels, which no training format needs.");
            return null;
        }

        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return new LocatedValue(
                    JsonValueKind.String, line, column, Raw(slice, start, (int)json.BytesConsumed), json.GetString());
            case JsonTokenType.StartObject:
                var properties = new Dictionary<string, LocatedValue>(StringComparer.Ordinal);
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    string key = json.GetString()!;
                    (int keyLine, int keyColumn) = places.At((int)json.TokenStartIndex);
                    json.Read();
                    if (ReadValue(ref json, slice, ref places) is not { } member)
                    {
                        return null;
                    }

                    if (!properties.TryAdd(key, member))
                    {
                        issues.Warning(
                            keyLine, keyColumn, DatasetIssueCodes.DuplicateKey, $"The key '{key}' stands here twice; the last one counts.");
                        properties[key] = member;
                    }
                }

                return new LocatedValue(JsonValueKind.Object, line, column, Raw(slice, start, (int)json.BytesConsumed))
                {
                    Properties = properties,
                };
            case JsonTokenType.StartArray:
                var items = new List<LocatedValue>();
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (ReadValue(ref json, slice, ref places) is not { } item)
                    {
                        return null;
                    }

                    items.Add(item);
                }

                return new LocatedValue(JsonValueKind.Array, line, column, Raw(slice, start, (int)json.BytesConsumed))
                {
                    Items = items,
                };
            default:
                return new LocatedValue(Kind(json.TokenType), line, column, Raw(slice, start, (int)json.BytesConsumed));
        }
    }

    private static ReadOnlyMemory<byte> Raw(JsonSlice slice, int start, int end) => slice.Bytes[start..end];

    private static JsonValueKind Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.Number => JsonValueKind.Number,
        JsonTokenType.True => JsonValueKind.True,
        JsonTokenType.False => JsonValueKind.False,
        _ => JsonValueKind.Null,
    };

    private static int FirstInvalidByte(ReadOnlySpan<byte> bytes, out byte found)
    {
        int offset = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            offset += length;
        }

        found = bytes[offset];
        return offset;
    }

    private static string Reason(JsonException fault, JsonSlice slice)
    {
        // The parser appends its own zero-based place, which would contradict ours.
        string reason = fault.Message;
        int place = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        reason = place > 0 ? reason[..place] : reason;
        return slice.Unfinished ? $"The row ends before its JSON does. {reason}" : $"This is not JSON. {reason}";
    }
}
