using System.Text;

namespace Ratchet.Contracts;

/// <summary>A message of a prompt: system, user or assistant, and its text.</summary>
public sealed record PromptMessage(string Role, string Content);

/// <summary>A passage that is put before the question.</summary>
/// <param name="Title">Document and heading, as a person would cite it.</param>
/// <param name="Text">The passage itself.</param>
public sealed record PromptChunk(string Title, string Text);

/// <summary>
/// Builds the messages that carry a question and what retrieval found. Gateway, evaluation and training examples all use
/// this one, so that the model meets in use exactly what it was trained on.
/// </summary>
public static class GroundedPrompt
{
    /// <summary>Changes when the same input would give other messages; kept in every adapter's lineage.</summary>
    public const int Version = 1;

    /// <summary>What the model is to say when no passage holds the answer.</summary>
    public const string NotKnown = "I do not know; our documents do not say.";

    private const string SystemText = "You answer questions about our business, briefly and only with what is known.";

    /// <summary>Builds the message list.</summary>
    /// <param name="question">The last thing the user said.</param>
    /// <param name="history">What was said before, oldest first; a system message in it takes the place of ours.</param>
    /// <param name="chunks">Passages, the best first; empty for a question without retrieval.</param>
    public static IReadOnlyList<PromptMessage> Build(
        string question, IReadOnlyList<PromptMessage> history, IReadOnlyList<PromptChunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(question);
        var messages = new List<PromptMessage>(history.Count + 2);
        if (!history.Any(message => message.Role is "system" or "developer"))
        {
            messages.Add(new PromptMessage("system", SystemText));
        }

        messages.AddRange(history);
        messages.Add(new PromptMessage("user", chunks.Count == 0 ? question : WithPassages(question, chunks)));
        return messages;
    }

    private static string WithPassages(string question, IReadOnlyList<PromptChunk> chunks)
    {
        var text = new StringBuilder();
        for (int i = 0; i < chunks.Count; i++)
        {
            text.Append('[').Append(i + 1).Append("] ");
            if (chunks[i].Title.Length > 0)
            {
                text.Append(chunks[i].Title).Append(": ");
            }

            text.Append(chunks[i].Text.Trim()).Append('\n');
        }

        return text.Append('\n').Append(question).ToString();
    }
}
