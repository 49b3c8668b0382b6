using Ratchet.Contracts.Rag;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Review;

/// <summary>One example of a filtered queue, and where it stands in it.</summary>
public sealed record ReviewView
{
    public required KnowledgeStats Stats { get; init; }

    public required ReviewFilter Filter { get; init; }

    /// <summary>Ids of the filter's examples, oldest first.</summary>
    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>The example that is shown; null where the filter has none.</summary>
    public ExampleRecord? Example { get; init; }

    /// <summary>What was typed and could not be saved.</summary>
    public string? Question { get; init; }

    public string? Answer { get; init; }

    public ErrorView? Error { get; init; }

    public int Index => Example is null ? -1 : Ids.ToList().IndexOf(Example.Id);

    public string? Before => Index > 0 ? Ids[Index - 1] : null;

    public string? After => Index >= 0 && Index + 1 < Ids.Count ? Ids[Index + 1] : null;

    public static Phrase StateWord(string state) => state switch
    {
        ExampleStates.Proposed => ReviewStrings.Proposed,
        ExampleStates.Approved => ReviewStrings.Approved,
        ExampleStates.Edited => ReviewStrings.Edited,
        ExampleStates.Rejected => ReviewStrings.Rejected,
        _ => ReviewStrings.All,
    };

    public static Phrase SourceWord(string source) => source switch
    {
        "import" => ReviewStrings.SourceImport,
        "document" => ReviewStrings.SourceDocument,
        "feedback" => ReviewStrings.SourceFeedback,
        _ => ReviewStrings.SourceApi,
    };
}

/// <summary>Which examples the queue holds; state "all" for every one.</summary>
public sealed record ReviewFilter(string State, string? Source, string? Collection, string? Document)
{
    public static ReviewFilter Read(IQueryCollection query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new ReviewFilter(
            Text(query, "state") ?? ExampleStates.Proposed, Text(query, "source"), Text(query, "collection"), Text(query, "document"));
    }

    /// <summary>The address of the queue, at one of its examples.</summary>
    public string Href(string? id = null)
    {
        IEnumerable<KeyValuePair<string, string?>> parts = new Dictionary<string, string?>
        {
            ["state"] = State,
            ["source"] = Source,
            ["collection"] = Collection,
            ["document"] = Document,
            ["id"] = id,
        }.Where(pair => pair.Value is not null);
        return "/review" + QueryString.Create(parts).ToUriComponent();
    }

    private static string? Text(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? text : null;
}
