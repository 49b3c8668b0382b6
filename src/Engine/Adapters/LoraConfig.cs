using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>What a LoRA adapter is made of: W·x becomes W·x + (α/r)·B·A·x.</summary>
/// <remarks>
/// Hu et al. 2021, https://arxiv.org/abs/2106.09685, section 4.1. Names in PEFT's adapter_config.json:
/// r, lora_alpha, lora_dropout, target_modules, use_rslora.
/// </remarks>
public sealed record LoraConfig
{
    /// <summary>In <see cref="TargetModules"/>: every linear layer but the head.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>r, the rows of A and the columns of B. From 1 up; 8 to 64 is usual.</summary>
    public required int Rank { get; init; }

    /// <summary>α. Only its ratio to <see cref="Rank"/> matters; see <see cref="Scale"/>.</summary>
    public float Alpha { get; init; } = 16f;

    /// <summary>Chance that an input element of A is zeroed in training, in [0, 1).</summary>
    public float Dropout { get; init; }

    /// <summary>Which linear layers get an adapter: by the last part of their name, by the whole name, or <see cref="AllLinear"/>.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Divides α by √r in place of r, so that a larger rank does not learn slower (rsLoRA).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Learns the length of each weight row beside its direction (DoRA, Liu et al. 2024, https://arxiv.org/abs/2402.09353).</summary>
    public bool WeightDecomposed { get; init; }

    /// <summary>Rank of layers whose name ends so, in place of <see cref="Rank"/>.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>α of layers whose name ends so, in place of <see cref="Alpha"/>.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Blocks that are adapted; empty for all.</summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>Modules that are trained whole: the head, the token embedding.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The factor on B·A·x.</summary>
    public float Scale => Alpha / (RankStabilized ? MathF.Sqrt(Rank) : Rank);

    /// <summary>Returns this config, or throws naming every value that is out of range.</summary>
    /// <exception cref="InvalidConfigException">At least one value is out of range.</exception>
    public LoraConfig Validated() => new ConfigCheck(nameof(LoraConfig))
        .Require(Rank is >= 1 and <= 1024, $"Rank is {Rank}; it must be from 1 to 1,024.")
        .Require(Alpha > 0 && float.IsFinite(Alpha), $"Alpha is {Alpha}; it must be above 0. A usual value is 2 × Rank.")
        .Require(Dropout is >= 0 and < 1, $"Dropout is {Dropout}; it must be in [0, 1).")
        .Require(TargetModules.Count > 0, "TargetModules is empty, so nothing would be trained.")
        .Accept(this);

    /// <summary>Whether a linear layer gets an adapter.</summary>
    /// <param name="name">Its path: "model.layers.0.self_attn.q_proj".</param>
    /// <param name="isLinear">Whether <see cref="AllLinear"/> means it too.</param>
    internal bool Targets(string name, bool isLinear = true) => TargetModules.Any(t => t == AllLinear ? isLinear : IsMatch(name, t));

    /// <summary>PEFT's rule for an entry of a list: the whole name, or its end after a dot.</summary>
    internal static bool IsMatch(string name, string entry)
        => name == entry || (name.Length > entry.Length && name.EndsWith(entry, StringComparison.Ordinal) && name[^(entry.Length + 1)] == '.');
}
