namespace Ratchet.Engine.Tokenization;

/// <summary>A model's vocabulary cannot be used. The message says what was found, what was needed and what to do.</summary>
/// <param name="message">The whole sentence.</param>
public sealed class VocabularyException(string message) : FormatException(message);
