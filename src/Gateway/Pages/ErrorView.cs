namespace Ratchet.Gateway.Pages;

/// <summary>What went wrong, in the words of whoever knows.</summary>
/// <param name="Message">Where, what was found, what to do.</param>
/// <param name="Details">More lines, for example every fault of a file.</param>
public sealed record ErrorView(int Status, string Message, IReadOnlyList<string>? Details = null, string? Back = null);
