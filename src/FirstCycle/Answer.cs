namespace Ratchet.FirstCycle;

/// <summary>What a chat request came back with.</summary>
/// <param name="Model">Exact id of what answered.</param>
/// <param name="Documents">Ids of the documents that the answer cites.</param>
/// <param name="Titles">Titles of the same.</param>
internal sealed record Answer(string Text, string Model, IReadOnlyList<string> Documents, IReadOnlyList<string> Titles, TimeSpan Took);
