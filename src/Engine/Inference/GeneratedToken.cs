namespace Ratchet.Engine.Inference;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended its turn, or a stop text was complete.</summary>
    Stop,

    /// <summary>As many tokens as asked for were written, or the context was full.</summary>
    Length,
}

/// <summary>A token and its natural log-probability under the model, before any sampling rule.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Logprob">Natural logarithm.</param>
public readonly record struct TokenScore(int Id, float Logprob);

/// <summary>One step of an answer.</summary>
/// <param name="Id">The token, or -1 on a last step that only delivers text that was held back.</param>
/// <param name="Text">What can be shown now; may be empty, may hold more than this token.</param>
/// <param name="Logprob">Of the token; NaN where it was not asked for.</param>
/// <param name="Top">The likeliest tokens at this place, the likeliest first; empty where not asked for.</param>
/// <param name="Finish">Set on the last step.</param>
public sealed record GeneratedToken(
    int Id, string Text, float Logprob, IReadOnlyList<TokenScore> Top, FinishReason? Finish);
