namespace Ratchet.Fuzz;

/// <summary>An input that a reader did not take as promised.</summary>
/// <param name="Reader">Its name.</param>
/// <param name="Number">Which of its inputs.</param>
/// <param name="What">What happened.</param>
/// <param name="Input">The bytes.</param>
/// <param name="Kind">The same for failures that are likely of one cause.</param>
internal sealed record FuzzFailure(string Reader, long Number, string What, byte[] Input, string Kind);
