namespace Ratchet.FirstCycle;

/// <summary>A step of the loop did not do what it promises; the message says what was seen and what was needed.</summary>
public sealed class StepFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
