using System.Text.Json;
using System.Text.RegularExpressions;
using Ratchet.Engine.Json;

namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>Reads adapter_config.json and refuses what would change the results unseen.</summary>
internal sealed class AdapterConfigReader
{
    private const long BytesMax = 1 << 20;
    private const int RankMax = 1 << 16;
    private const int PatternLengthMax = 4096;

    // Each changes what the adapter computes, so it may only be off. Ways to begin training (eva, gaussian, ...) do not.
    private static readonly string[] Refused =
    [
        "alora_invocation_tokens", "arrow_config", "kasa_config", "layer_replication", "lora_bias", "monteclora_config",
        "target_parameters", "trainable_token_indices", "use_bdlora", "use_qalora", "velora_config",
    ];

    // These begin by changing the base weights, which are not in the file.
    private static readonly string[] RefusedBeginnings = ["pissa", "olora", "corda", "loftq", "lora_ga"];

    private readonly string _path;
    private readonly JsonElement _root;

    private AdapterConfigReader(string path, JsonElement root)
    {
        _path = path;
        _root = root;
    }

    internal static AdapterConfigFile Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            JsonText.RequireUnicode(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new AdapterConfigReader(path, document.RootElement).ReadObject()
                : throw Invalid(path, $"the file holds a JSON {document.RootElement.ValueKind}, not an object.");
        }
        catch (JsonException problem)
        {
            throw Invalid(path, $"the file is not JSON: {problem.Message}");
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > BytesMax)
            {
                throw Invalid(path, $"the file has {stream.Length:N0} bytes; such a file has at most {BytesMax:N0}.");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AdapterFormatException(
                AdapterFault.MissingFile, path, "the file is not there.",
                $"An adapter folder holds {AdapterConfigFile.FileName} and {AdapterConfigFile.WeightsFileName}.");
        }
        catch (EndOfStreamException)
        {
            throw Invalid(path, "the file became shorter while it was read.");
        }
    }

    private static AdapterFormatException Invalid(string path, string problem) => new(
        AdapterFault.InvalidFile, path, problem, "Save or fetch the adapter again.");

    private AdapterConfigFile ReadObject()
    {
        string? type = Text("peft_type");
        if (type is not (null or "LORA"))
        {
            throw Unsupported($"peft_type is '{type}'; only LORA is read.");
        }

        foreach (string key in Refused)
        {
            if (!IsOff(key))
            {
                throw Unsupported($"the setting '{key}' is on; it changes the results and is not known here.");
            }
        }

        if (Text("bias") is { } bias and not "none")
        {
            throw Unsupported($"bias is '{bias}'; only 'none' is read.");
        }

        if (Find("init_lora_weights") is { ValueKind: JsonValueKind.String } beginning
            && Array.Exists(RefusedBeginnings, name => beginning.GetString()!.StartsWith(name, StringComparison.Ordinal)))
        {
            throw Unsupported(
                $"init_lora_weights is '{beginning.GetString()}', which changes the base weights before training.");
        }

        (IReadOnlyList<string> targets, string? pattern) = Modules("target_modules");
        (IReadOnlyList<string> excluded, string? excludedPattern) = Modules("exclude_modules");
        return new AdapterConfigFile
        {
            TaskType = Text("task_type"),
            BaseModel = Text("base_model_name_or_path"),
            Revision = Text("revision"),
            Rank = Rank("r", Find("r"), missing: 8),
            Alpha = Number("lora_alpha", Find("lora_alpha"), 8, value => value > 0, "a number above 0"),
            Dropout = Number("lora_dropout", Find("lora_dropout"), 0, value => value is >= 0 and <= 1, "a number in [0, 1]"),
            TargetModules = targets,
            TargetPattern = pattern,
            ExcludeModules = excluded,
            ExcludePattern = excludedPattern,
            LayersToTransform = Integers("layers_to_transform"),
            LayersPattern = Texts("layers_pattern"),
            RankStabilized = Flag("use_rslora"),
            WeightDecomposed = Flag("use_dora"),
            FanInFanOut = Flag("fan_in_fan_out"),
            RankPattern = Map("rank_pattern", (key, value) => Rank(key, value, missing: 8)),
            AlphaPattern = Map("alpha_pattern", (key, value) => Number(key, value, 8, alpha => alpha > 0, "a number above 0")),
            ModulesToSave = Texts("modules_to_save"),
        };
    }

    private (IReadOnlyList<string> List, string? Pattern) Modules(string key)
    {
        if (Find(key) is not { ValueKind: JsonValueKind.String } single)
        {
            return (Texts(key), null);
        }

        string pattern = single.GetString()!;
        if (pattern.Length > PatternLengthMax)
        {
            throw Setting(key, $"a pattern of {pattern.Length:N0} characters", $"at most {PatternLengthMax:N0}");
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception problem) when (problem is ArgumentException or NotSupportedException)
        {
            throw Setting(key, $"'{pattern}'", $"a regular expression ({problem.Message})");
        }

        return ([], pattern);
    }

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private bool IsOff(string key) => Find(key) is not { } value || value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Setting(key, value.GetRawText(), "a text");

    private bool Flag(string key) => Find(key) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Setting(key, value.GetRawText(), "true or false"),
    };

    private int Rank(string key, JsonElement? value, int missing) =>
        (int)Number(key, value, missing, rank => rank is >= 1 and <= RankMax && rank == Math.Floor(rank), $"a whole number from 1 to {RankMax}");

    private double Number(string key, JsonElement? value, double missing, Func<double, bool> isValid, string needed) => value switch
    {
        null => missing,
        { ValueKind: JsonValueKind.Number } given when given.TryGetDouble(out double number) && isValid(number) => number,
        { } other => throw Setting(key, other.GetRawText(), needed),
    };

    private List<string> Texts(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } single => [single.GetString()!],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(e => e.GetString()!)],
        { } other => throw Setting(key, other.GetRawText(), "a list of texts"),
    };

    private List<int> Integers(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Number } single when single.TryGetInt32(out int layer) => [layer],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(
            e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _)) =>
            [.. list.EnumerateArray().Select(e => e.GetInt32())],
        { } other => throw Setting(key, other.GetRawText(), "a list of whole numbers"),
    };

    private Dictionary<string, T> Map<T>(string key, Func<string, JsonElement?, T> read)
    {
        var map = new Dictionary<string, T>();
        if (Find(key) is not { } value)
        {
            return map;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Setting(key, value.GetRawText(), "an object of numbers by module");
        }

        foreach (JsonProperty entry in value.EnumerateObject())
        {
            map[entry.Name] = read($"{key}.{entry.Name}", entry.Value);
        }

        return map;
    }

    private AdapterFormatException Setting(string key, string found, string needed) => new(
        AdapterFault.InvalidSetting, _path,
        $"{key} is {(found.Length > 80 ? found[..80] + "…" : found)}; it must be {needed}.", "Correct the setting.");

    private AdapterFormatException Unsupported(string problem) => new(
        AdapterFault.UnsupportedAdapter, _path, problem, "Merge the adapter into its base model with PEFT and use that.");
}
