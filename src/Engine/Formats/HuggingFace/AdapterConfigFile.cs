namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>PEFT's adapter_config.json: what a folder of LoRA weights says about itself.</summary>
/// <remarks>
/// Written with the fewest keys, since older loaders stop at those they do not know. Read with any keys; one that changes the
/// results and is not known here is refused by name, unless it is off. Source: https://github.com/huggingface/peft,
/// src/peft/tuners/lora/config.py.
/// </remarks>
public sealed record AdapterConfigFile
{
    /// <summary>The file's name in an adapter folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>The weights' name beside it.</summary>
    public const string WeightsFileName = "adapter_model.safetensors";

    /// <summary>What is adapted, <c>CAUSAL_LM</c>; null where the file does not say.</summary>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>The base model, as its trainer called it; for people only.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Revision of the base model.</summary>
    public string? Revision { get; init; }

    /// <summary><c>r</c>, from 1 up.</summary>
    public int Rank { get; init; } = 8;

    /// <summary><c>lora_alpha</c>; may be fractional.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary><c>lora_dropout</c>, in [0, 1].</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Names of the adapted modules: a module is one of them if its name equals an entry or ends with a dot and the
    /// entry. Empty where <see cref="TargetPattern"/> is given.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>A regular expression over whole module names, or <c>all-linear</c>; null where there is a list.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>Modules that are left out although they are targets: as <see cref="TargetModules"/>.</summary>
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>A regular expression over whole names of modules that are left out; null where there is a list.</summary>
    public string? ExcludePattern { get; init; }

    /// <summary>Layers that are adapted; empty for all.</summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>Names of the lists of layers that <see cref="LayersToTransform"/> counts in; empty for any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary><c>use_rslora</c>: α is divided by √r.</summary>
    public bool RankStabilized { get; init; }

    /// <summary><c>use_dora</c>: a magnitude is learnt beside the direction.</summary>
    public bool WeightDecomposed { get; init; }

    /// <summary><c>fan_in_fan_out</c>: the base keeps its weights as [inputs, outputs], as GPT-2 does.</summary>
    public bool FanInFanOut { get; init; }

    /// <summary>Rank of modules whose name ends so, in place of <see cref="Rank"/>.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>α of modules whose name ends so, in place of <see cref="Alpha"/>.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Modules whose whole weights are in the file.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Reads the adapter_config.json of a folder.</summary>
    /// <exception cref="AdapterFormatException">It is not there, is no such file, or says what cannot be done.</exception>
    public static AdapterConfigFile Read(string folder) => AdapterConfigReader.Read(Path.Combine(folder, FileName));

    /// <summary>Writes adapter_config.json into a folder: whole or not at all.</summary>
    public void Write(string folder) => AdapterConfigWriter.Write(Path.Combine(folder, FileName), this);
}
