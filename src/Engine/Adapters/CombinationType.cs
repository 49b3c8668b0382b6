namespace Ratchet.Engine.Adapters;

/// <summary>How several adapters become one: PEFT's combination_type, in PEFT's words (dare_ties_svd is <see cref="DareTiesSvd"/>).</summary>
public enum CombinationType
{
    /// <summary>Factors side by side: exactly the weighted sum of the changes; the ranks add up.</summary>
    Cat,

    /// <summary>Factors added up; one rank.</summary>
    Linear,

    /// <summary>The weighted sum of the changes, cut down to its largest singular values.</summary>
    Svd,

    /// <summary>Factors without their small numbers; where signs differ, the majority's.</summary>
    Ties,

    /// <summary>As <see cref="Ties"/>, on the changes themselves, then as <see cref="Svd"/>.</summary>
    TiesSvd,

    /// <summary>Factors without what chance drops, the rest scaled up; added.</summary>
    DareLinear,

    /// <summary>As <see cref="DareLinear"/>; where signs differ, the majority's.</summary>
    DareTies,

    /// <summary>As <see cref="DareLinear"/>, on the changes themselves, then as <see cref="Svd"/>.</summary>
    DareLinearSvd,

    /// <summary>As <see cref="DareTies"/>, on the changes themselves, then as <see cref="Svd"/>.</summary>
    DareTiesSvd,

    /// <summary>Factors without their small numbers; added.</summary>
    MagnitudePrune,

    /// <summary>As <see cref="MagnitudePrune"/>, on the changes themselves, then as <see cref="Svd"/>.</summary>
    MagnitudePruneSvd,
}

/// <summary>What decides the sign where adapters differ: PEFT's majority_sign_method.</summary>
public enum MajoritySign
{
    /// <summary>The sign of the sum of the numbers.</summary>
    Total,

    /// <summary>The sign that more of the numbers have.</summary>
    Frequency,
}
