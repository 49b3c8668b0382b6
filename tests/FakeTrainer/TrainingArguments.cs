using System.Globalization;
using System.Text.Json;

namespace Ratchet.FakeTrainer;

/// <summary>The fields of the YAML file, then those of the command line; <c>fake</c> says how to go wrong.</summary>
public sealed class TrainingArguments
{
    private readonly Dictionary<string, string> _fields = [];

    public string Fake => _fields.GetValueOrDefault("fake", "");

    public string this[string name] => _fields.TryGetValue(name, out string? value)
        ? value : throw new InvalidDataException($"ValueError: the field '{name}' is missing.");

    public static TrainingArguments Read(string path, IEnumerable<string> more)
    {
        var arguments = new TrainingArguments();
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string value = line[(colon + 2)..];
            arguments._fields[line[..colon]] = value.StartsWith('"') ? JsonSerializer.Deserialize<string>(value)! : value;
        }

        foreach (string[] pair in more.Select(argument => argument.Split('=', 2)))
        {
            arguments._fields[pair[0]] = pair[1];
        }

        return arguments;
    }

    public bool Has(string name) => _fields.ContainsKey(name);

    public int Integer(string name) => int.Parse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    // As PyYAML reads a number: without a point, or with an exponent without sign, it is text, and the trainer stops there.
    public double Real(string name) => this[name] is { } text && text.Contains('.') && (!text.Contains('e') || text.Contains("e+") || text.Contains("e-"))
        ? double.Parse(text, CultureInfo.InvariantCulture)
        : throw new InvalidDataException($"TypeError: '<=' not supported between instances of 'float' and 'str' ({name} is '{this[name]}')");
}
