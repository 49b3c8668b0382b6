namespace Ratchet.Gateway.Access;

/// <summary>What a caller may do; each may do what those before it may.</summary>
public enum Role
{
    /// <summary>Ask, search, look, and say what an answer was worth.</summary>
    Reader,

    /// <summary>Change documents and examples.</summary>
    Curator,

    /// <summary>Start jobs and cycles, move aliases.</summary>
    Operator,
}
