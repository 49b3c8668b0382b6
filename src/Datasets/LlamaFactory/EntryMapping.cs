using System.Text.Json;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.LlamaFactory;

/// <summary>Gives a row the names that the readers of rows know, as its entry in dataset_info.json says.</summary>
internal sealed class EntryMapping(DatasetEntry entry)
{
    private static readonly (string Column, string Known)[] FlatNames =
    [
        ("prompt", "instruction"), ("query", "input"), ("response", "output"), ("history", "history"), ("system", "system"), ("tools", "tools"),
        ("chosen", "chosen"), ("rejected", "rejected"),
    ];

    private static readonly (string Column, string Known)[] TurnNames =
        [("messages", "conversations"), ("system", "system"), ("tools", "tools"), ("chosen", "chosen"), ("rejected", "rejected")];

    private static readonly (string Tag, string Role)[] Roles =
    [
        ("user_tag", "human"), ("assistant_tag", "gpt"), ("observation_tag", "observation"), ("function_tag", "function_call"), ("system_tag", "system"),
    ];

    // Names by which the shape of a row is told: a field that the entry does not mean must not bear one.
    private static readonly HashSet<string> Telling =
    [
        "instruction", "input", "output", "history", "system", "tools", "chosen", "rejected", "conversations", "messages", "prompt", "completion",
        "question", "answer", "dialogue", "summary", "preferred_completion", "non_preferred_completion",
    ];

    public LocatedValue Apply(LocatedValue row)
    {
        if (row.Kind != JsonValueKind.Object)
        {
            return row;
        }

        var properties = new Dictionary<string, LocatedValue>(StringComparer.Ordinal);
        (string Column, string Known)[] names = entry.HasTurns ? TurnNames : FlatNames;
        var meant = new HashSet<string>(names.Where(name => entry.Columns.ContainsKey(name.Column)).Select(name => entry.Columns[name.Column]));
        foreach ((string key, LocatedValue value) in row.Properties)
        {
            if (!meant.Contains(key) && !Telling.Contains(key))
            {
                properties[key] = value;
            }
        }

        foreach ((string column, string known) in names)
        {
            if (entry.Columns.TryGetValue(column, out string? own) && row.Properties.TryGetValue(own, out LocatedValue? value))
            {
                properties[known] = entry.HasTurns ? Turns(value) : value;
            }
        }

        return With(row, properties);
    }

    private LocatedValue Turns(LocatedValue value) => value.Kind switch
    {
        JsonValueKind.Array => new LocatedValue(value.Kind, value.Line, value.Column, default) { Items = [.. value.Items.Select(Turn)] },
        JsonValueKind.Object => Turn(value),
        _ => value,
    };

    private LocatedValue Turn(LocatedValue turn)
    {
        if (turn.Kind != JsonValueKind.Object)
        {
            return turn;
        }

        var properties = new Dictionary<string, LocatedValue>(StringComparer.Ordinal);
        if (turn.Find(entry.Tags["role_tag"]) is { } role)
        {
            string text = role.AsText;
            string known = Roles.FirstOrDefault(pair => entry.Tags[pair.Tag] == text).Role ?? text;
            properties["from"] = new LocatedValue(JsonValueKind.String, role.Line, role.Column, default, known);
        }

        if (turn.Find(entry.Tags["content_tag"]) is { } content)
        {
            properties["value"] = content;
        }

        return With(turn, properties);
    }

    private static LocatedValue With(LocatedValue value, Dictionary<string, LocatedValue> properties) =>
        new(JsonValueKind.Object, value.Line, value.Column, default) { Properties = properties };
}
