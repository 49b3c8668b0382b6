namespace Ratchet.Engine.Tokenization;

/// <summary>Which tokens of a conversation a model is to learn.</summary>
public enum LossTargets
{
    /// <summary>What the assistant said, in every turn, with the token that ends the turn.</summary>
    EveryAssistantTurn,

    /// <summary>What the assistant said last, with the token that ends the turn.</summary>
    LastAssistantTurn,

    /// <summary>Everything.</summary>
    AllTokens,
}
