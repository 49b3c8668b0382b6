namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>How tojson writes.</summary>
/// <param name="Indent">Spaces of a level; null writes one line.</param>
/// <param name="IsAscii">Whether characters beyond ASCII are escaped.</param>
/// <param name="SortsKeys">Whether keys are in order of their characters.</param>
internal sealed record JsonForm(int? Indent, bool IsAscii, bool SortsKeys)
{
    /// <summary>What stands between items; null is ", ", or "," where lines are broken.</summary>
    public string? ItemSeparator { get; init; }

    /// <summary>What stands between a key and its value.</summary>
    public string KeySeparator { get; init; } = ": ";
}
