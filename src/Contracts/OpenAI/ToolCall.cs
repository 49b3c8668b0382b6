namespace Ratchet.Contracts.OpenAI;

/// <summary>A function that the model wants called.</summary>
public sealed record ToolCall
{
    /// <summary>In a stream: which of the calls this piece belongs to.</summary>
    public int? Index { get; init; }

    /// <summary>Null in the later pieces of a stream.</summary>
    public string? Id { get; init; }

    /// <summary>Null in the later pieces of a stream.</summary>
    public string? Type { get; init; }

    public required CalledFunction Function { get; init; }
}

/// <summary>Name and arguments of a call; the arguments are JSON in a string, in a stream a piece of it.</summary>
public sealed record CalledFunction
{
    public string? Name { get; init; }

    public string? Arguments { get; init; }
}
