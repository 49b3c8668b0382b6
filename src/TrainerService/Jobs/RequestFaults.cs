using System.Globalization;
using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Gathers what is wrong with a request's body, so that all of it is said at once.</summary>
internal sealed class RequestFaults
{
    private readonly List<(string Param, string Message)> _found = [];

    public void Add(string param, string message) => _found.Add((param, message));

    public bool IsObject(JsonElement value, string param)
    {
        if (value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object))
        {
            Add(param, $"A JSON {Kind(value)} was found; an object is needed.");
        }

        return value.ValueKind == JsonValueKind.Object;
    }

    public string? Text(JsonElement parent, string name, string param, bool required = false)
    {
        JsonElement value = Member(parent, name);
        switch (value.ValueKind)
        {
            case JsonValueKind.String when !required || value.GetString()!.Length > 0:
                return value.GetString();
            case JsonValueKind.Undefined or JsonValueKind.Null when !required:
                return null;
            case JsonValueKind.Undefined or JsonValueKind.Null:
                Add(param, "It is missing; a string is needed.");
                return null;
            default:
                Add(param, $"A JSON {Kind(value)} was found; a string with at least one character is needed.");
                return null;
        }
    }

    public double? Number(JsonElement parent, string name, string param, double min, double max, bool whole = false)
    {
        JsonElement value = Member(parent, name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            || (value.ValueKind == JsonValueKind.String && value.ValueEquals("auto")))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number)
            || number < min || number > max || (whole && number != Math.Floor(number)))
        {
            string kind = whole ? "a whole number" : "a number";
            Add(param, string.Create(
                CultureInfo.InvariantCulture, $"{value.GetRawText()} was found; {kind} from {min} to {max} is needed."));
            return null;
        }

        return number;
    }

    public void Range(string name, double? value, double min, double max)
    {
        if (value is { } number && !(number >= min && number <= max))
        {
            Add($"x_ratchet.{name}", string.Create(
                CultureInfo.InvariantCulture, $"{number} was found; a number from {min} to {max} is needed."));
        }
    }

    public void OneOf(string name, string? value, params ReadOnlySpan<string> known)
    {
        if (value is not null && !known.Contains(value))
        {
            Add($"x_ratchet.{name}", $"'{value}' was found; one of {string.Join(", ", known.ToArray())} is needed.");
        }
    }

    public void ThrowIfAny()
    {
        if (_found.Count > 0)
        {
            throw new ApiException(
                400, "invalid_value", string.Join(" ", _found.Select(f => $"{f.Param}: {f.Message}")), _found[0].Param)
            {
                Details = _found.Count == 1 ? null : new { Errors = _found.Select(f => new { f.Param, f.Message }) },
            };
        }
    }

    /// <summary>A member of an object; undefined where there is none.</summary>
    public static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) ? value : default;

    /// <summary>The word for a kind of JSON.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        _ => "boolean",
    };
}
