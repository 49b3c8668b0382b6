namespace Ratchet.Contracts.Trainer;

/// <summary>A name that moves from one adapter generation to the next by compare-and-swap.</summary>
public sealed record AliasRecord
{
    public required string Name { get; init; }

    public string Object { get; init; } = "alias";

    /// <summary>Exact adapter id, or the base model's name after a rollback past the first generation.</summary>
    public required string Adapter { get; init; }

    /// <summary>1 after the first move, and one more with each; a move must name the one it replaces.</summary>
    public required long Version { get; init; }

    public required long UpdatedAt { get; init; }

    public string? Reason { get; init; }

    /// <summary>All moves, newest first. Filled where one alias is asked for and after a move.</summary>
    public IReadOnlyList<AliasMove> History { get; init; } = [];
}

/// <summary>One move of an alias.</summary>
/// <param name="Action">promote, set or rollback.</param>
/// <param name="Overruled">The gate had not said promote; a person decided otherwise.</param>
public sealed record AliasMove(
    long Version, string Adapter, string? From, string Action, string? Reason, string Actor, bool Overruled, long CreatedAt);

/// <summary>PUT /v1/aliases/{name}.</summary>
public sealed record MoveAliasRequest
{
    public required string Adapter { get; init; }

    /// <summary>The version that is to be replaced; 0 where the alias does not exist yet.</summary>
    public required long ExpectedVersion { get; init; }

    public string? Reason { get; init; }

    public string? Actor { get; init; }
}

/// <summary>POST /v1/aliases/{name}/rollback.</summary>
public sealed record RollbackAliasRequest
{
    public required long ExpectedVersion { get; init; }

    public string? Reason { get; init; }

    public string? Actor { get; init; }
}
