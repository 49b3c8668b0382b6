namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>generation_config.json: how a model's makers would have it asked. Null where the file does not say.</summary>
public sealed record GenerationConfigFile
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary><c>eos_token_id</c>: tokens after which a text ends.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary><c>bos_token_id</c>.</summary>
    public int? BeginToken { get; init; }

    /// <summary><c>pad_token_id</c>.</summary>
    public int? PaddingToken { get; init; }

    /// <summary><c>do_sample</c>; false takes the likeliest token.</summary>
    public bool? Samples { get; init; }

    /// <summary><c>temperature</c>.</summary>
    public double? Temperature { get; init; }

    /// <summary><c>top_k</c>.</summary>
    public int? TopK { get; init; }

    /// <summary><c>top_p</c>.</summary>
    public double? TopP { get; init; }

    /// <summary><c>repetition_penalty</c>.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary><c>max_new_tokens</c>.</summary>
    public int? TokensMax { get; init; }

    /// <summary>Reads a folder's file; what config.json says of the end of a text where there is none.</summary>
    /// <param name="folder">A model folder.</param>
    /// <exception cref="SettingsFormatException">A file is damaged or a value is of the wrong kind.</exception>
    public static GenerationConfigFile Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        var settings = JsonSettings.Read(File.Exists(path) ? path : Path.Combine(folder, "config.json"));
        return new GenerationConfigFile
        {
            EndTokens = settings.Integers("eos_token_id"),
            BeginToken = Whole("bos_token_id", 0),
            PaddingToken = Whole("pad_token_id", -1),
            Samples = settings.Has("do_sample") ? settings.Flag("do_sample", false) : null,
            Temperature = Real("temperature"),
            TopK = Whole("top_k", 0),
            TopP = Real("top_p"),
            RepetitionPenalty = Real("repetition_penalty"),
            TokensMax = Whole("max_new_tokens", 1),
        };

        int? Whole(string key, int least) => settings.Has(key) ? settings.Integer(key, least: least) : null;

        double? Real(string key) => settings.Has(key) ? settings.Number(key) : null;
    }
}
