using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ratchet.Datasets.LlamaFactory;

/// <summary>Reads the YAML file of a LLaMA-Factory training: names with a value or a list of values.</summary>
/// <remarks>Nothing else of YAML is followed: no anchors, no tags, no nesting, so a small file cannot become a large one.</remarks>
public static class TrainingArguments
{
    private const int LengthMax = 256 << 10;
    private const int NamesMax = 1000;

    /// <summary>Reads all arguments, in their order; a single value is a list of one, null a list of none.</summary>
    /// <param name="yaml">The file's text.</param>
    /// <exception cref="DatasetInfoException">It is no such file; the message names the line.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string yaml)
    {
        if (yaml.Length > LengthMax)
        {
            throw new DatasetInfoException($"The YAML has {yaml.Length:N0} characters; at most {LengthMax:N0} are read.");
        }

        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                return new Dictionary<string, IReadOnlyList<string>>();
            }

            parser.Consume<DocumentStart>();
            return Arguments(parser);
        }
        catch (YamlException fault)
        {
            throw new DatasetInfoException($"The YAML is broken at line {fault.Start.Line}: {fault.Message}");
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException)
        {
            // What the scanner throws where its own state does not hold: found by tests/Fuzz.
            throw new DatasetInfoException($"The YAML is broken: {fault.Message}");
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Arguments(Parser parser)
    {
        if (!parser.TryConsume<MappingStart>(out _))
        {
            throw Wrong(parser, "a mapping of names to values is needed");
        }

        var arguments = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            Scalar? name = Plain(parser);
            if (name is null || arguments.Count == NamesMax)
            {
                throw Wrong(parser, $"the name of an argument is needed, and at most {NamesMax}");
            }

            arguments[name.Value] = Values(parser, name.Value);
        }

        return arguments;
    }

    private static List<string> Values(Parser parser, string name)
    {
        if (Plain(parser) is { } single)
        {
            return IsNull(single) ? [] : [single.Value];
        }

        if (!parser.TryConsume<SequenceStart>(out _))
        {
            throw Wrong(parser, $"'{name}' needs a value or a list of values");
        }

        var values = new List<string>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            values.Add(Plain(parser)?.Value ?? throw Wrong(parser, $"the list of '{name}' needs plain values"));
        }

        return values;
    }

    private static Scalar? Plain(Parser parser) => parser.Accept<Scalar>(out _) ? parser.Consume<Scalar>() : null;

    private static bool IsNull(Scalar scalar) => scalar is { IsQuotedImplicit: false, Value: "" or "~" or "null" or "Null" or "NULL" };

    private static DatasetInfoException Wrong(Parser parser, string needed) =>
        new($"The YAML has {parser.Current?.GetType().Name ?? "its end"} at line {parser.Current?.Start.Line}; {needed}.");
}
