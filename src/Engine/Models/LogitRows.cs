namespace Ratchet.Engine.Models;

/// <summary>Of which tokens of a piece the logits are wanted.</summary>
public enum LogitRows
{
    /// <summary>None: more of the prompt follows, or only likelihoods are wanted.</summary>
    None,

    /// <summary>The last one: the next token is to be chosen.</summary>
    Last,

    /// <summary>All.</summary>
    All,
}
