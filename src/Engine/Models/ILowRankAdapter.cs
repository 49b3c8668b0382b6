namespace Ratchet.Engine.Models;

/// <summary>Low-rank additions to the linear layers of a model. Adapters.LoraAdapter is one; Models may not know it.</summary>
public interface ILowRankAdapter
{
    /// <summary>The largest rank of any layer.</summary>
    int RankMax { get; }

    /// <summary>What is added to a layer.</summary>
    /// <param name="linearIndex"><see cref="LinearLayer.Index"/>.</param>
    LowRankFactors Factors(int linearIndex);
}
