namespace Ratchet.Engine.Models;

/// <summary>What an adapter changes in a model without touching its weights. Adapters.LoraAdapter is one; Models may not know it.</summary>
public unsafe interface ILowRankAdapter
{
    /// <summary>The largest rank of any layer.</summary>
    int RankMax { get; }

    /// <summary>Whether some layer has a gain.</summary>
    bool HasMagnitudes => false;

    /// <summary>A head in place of the model's [vocabulary, hidden], or null.</summary>
    float* Head => null;

    /// <summary>A bias of the head in place of the model's [vocabulary], or null.</summary>
    float* HeadBias => null;

    /// <summary>Token embeddings in place of the model's [vocabulary, hidden], or null.</summary>
    float* Embedding => null;

    /// <summary>What is added to token embeddings: scale · a[:, token]ᵀ · b, with a [rank, vocabulary] and b [rank, hidden].</summary>
    LowRankFactors EmbeddingFactors => default;

    /// <summary>What is added to a layer.</summary>
    /// <param name="linearIndex"><see cref="LinearLayer.Index"/>.</param>
    LowRankFactors Factors(int linearIndex);
}
