namespace Ratchet.Datasets;

/// <summary>One row of a data set, whatever its format was.</summary>
/// <param name="Messages">In order; what is learned are the assistant's, see <see cref="ConversationMessage.IsTarget"/>.</param>
/// <param name="Line">Where the row begins in the file.</param>
public sealed record ConversationRow(IReadOnlyList<ConversationMessage> Messages, int Line)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>All other fields of the row: strings as they are, everything else as JSON.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = None;

    /// <summary>JSON array of tool schemas.</summary>
    public string? Tools { get; init; }

    /// <summary>The better answer of a preference row; then <see cref="Messages"/> is the prompt alone.</summary>
    public ConversationMessage? Preferred { get; init; }

    public ConversationMessage? NonPreferred { get; init; }

    /// <summary>Line of the earlier row that says the same, word for word.</summary>
    public int? DuplicateOfLine { get; init; }

    /// <summary>Line of the earlier row that says nearly the same.</summary>
    public int? NearDuplicateOfLine { get; init; }

    /// <summary>The last answer that is learned.</summary>
    public string Answer => Preferred?.Content ?? Messages.LastOrDefault(message => message.IsTarget)?.Content ?? "";

    /// <summary>What the user said last before <see cref="Answer"/>.</summary>
    public string Question
    {
        get
        {
            int answer = Messages.Count;
            for (int index = Messages.Count - 1; index >= 0 && Preferred is null; index--)
            {
                if (Messages[index].IsTarget)
                {
                    answer = index;
                    break;
                }
            }

            return Messages.Take(answer).LastOrDefault(message => message.Role == "user")?.Content ?? "";
        }
    }
}
