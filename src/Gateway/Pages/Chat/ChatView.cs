using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;

namespace Ratchet.Gateway.Pages.Chat;

/// <summary>What the chat page shows: choices, and, where the page is used without script, the conversation.</summary>
public sealed record ChatView
{
    public IReadOnlyList<AliasRecord> Aliases { get; init; } = [];

    public IReadOnlyList<string> Adapters { get; init; } = [];

    public IReadOnlyList<CollectionRecord> Collections { get; init; } = [];

    public string Model { get; init; } = "auto";

    public bool Retrieval { get; init; } = true;

    public string? Collection { get; init; }

    /// <summary>What was typed and not yet answered.</summary>
    public string Question { get; init; } = "";

    public IReadOnlyList<TurnView> Turns { get; init; } = [];

    public ErrorView? Error { get; init; }
}

/// <summary>One message of the conversation.</summary>
public sealed record TurnView(string Role, string Text)
{
    public string? ChatId { get; init; }

    public string? Model { get; init; }

    public RetrievalTrace? Trace { get; init; }

    public TimeSpan? Took { get; init; }
}
