using System.Text.Json;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>How adapters are combined. Names in PEFT's add_weighted_adapter: combination_type, density, majority_sign_method, svd_rank, svd_clamp.</summary>
public sealed record CombinationConfig
{
    private const int RankMax = 1024;

    /// <summary>The way.</summary>
    public required CombinationType Type { get; init; }

    /// <summary>Share of the numbers that are kept, above 0 and at most 1; needed by the types that drop some, and by no other.</summary>
    public double? Density { get; init; }

    /// <summary>What decides a sign, for the types with ties in their name.</summary>
    public MajoritySign MajoritySign { get; init; }

    /// <summary>Rank of the result of the types with svd in their name; null for the highest rank of the adapters.</summary>
    public int? SvdRank { get; init; }

    /// <summary>A quantile of the numbers of both factors, from 0.5 to 1, beyond which they are cut off (svd types); null cuts nothing.</summary>
    public double? SvdClamp { get; init; }

    /// <summary>Of what the dare types drop: the same seed drops the same numbers.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether singular values are cut, of the changes themselves.</summary>
    public bool IsDecomposed => Type is CombinationType.Svd or CombinationType.TiesSvd or CombinationType.DareLinearSvd
        or CombinationType.DareTiesSvd or CombinationType.MagnitudePruneSvd;

    /// <summary>Whether numbers are dropped.</summary>
    public bool IsPruned => Type is not (CombinationType.Cat or CombinationType.Linear or CombinationType.Svd);

    /// <summary>Whether chance drops them; else the smallest go.</summary>
    internal bool IsRandom => Type is CombinationType.DareLinear or CombinationType.DareTies or CombinationType.DareLinearSvd or CombinationType.DareTiesSvd;

    /// <summary>Whether one sign is chosen where adapters differ.</summary>
    internal bool ElectsSign => Type is CombinationType.Ties or CombinationType.TiesSvd or CombinationType.DareTies or CombinationType.DareTiesSvd;

    /// <summary>PEFT's word for a type: "dare_ties_svd".</summary>
    public static string NameOf(CombinationType type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString());

    /// <summary>Returns this config, or throws naming every value that is out of range.</summary>
    /// <exception cref="InvalidConfigException">At least one value is out of range, or of no use to the type.</exception>
    public CombinationConfig Validated()
    {
        string name = NameOf(Type);
        return new ConfigCheck(nameof(CombinationConfig))
            .Require(Enum.IsDefined(Type), $"Type is {Type}; it must be one of {string.Join(", ", Enum.GetValues<CombinationType>().Select(NameOf))}.")
            .Require(Enum.IsDefined(MajoritySign), $"MajoritySign is {MajoritySign}; it must be Total or Frequency.")
            .Require(!IsPruned || Density is not null, $"Density is missing; {name} needs the share of numbers to keep, above 0 and at most 1. 0.5 is usual.")
            .Require(IsPruned || Density is null, $"Density is {Density}, but {name} drops nothing. Leave it out, or choose a type that does.")
            .Require(Density is null or (> 0 and <= 1), $"Density is {Density}; it must be above 0 and at most 1.")
            .Require(ElectsSign || MajoritySign == MajoritySign.Total, $"MajoritySign is {MajoritySign}, but {name} elects no sign. Leave it out.")
            .Require(SvdRank is null or (>= 1 and <= RankMax), $"SvdRank is {SvdRank}; it must be from 1 to {RankMax:N0}.")
            .Require(SvdClamp is null or (>= 0.5 and <= 1), $"SvdClamp is {SvdClamp}; it is a quantile and must be from 0.5 to 1.")
            .Require(IsDecomposed || SvdRank is null, $"SvdRank is {SvdRank}, but {name} decomposes nothing. Leave it out, or choose a type with svd.")
            .Require(IsDecomposed || SvdClamp is null, $"SvdClamp is {SvdClamp}, but {name} decomposes nothing. Leave it out, or choose a type with svd.")
            .Accept(this);
    }
}
