using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Pages;

/// <summary>A link of the side bar.</summary>
public sealed record NavItem(string Href, Phrase Label)
{
    /// <summary>Parameters that the link carries on, with their question mark; null for none.</summary>
    public string? Query { get; init; }

    /// <summary>The key that goes there; null for none.</summary>
    public string? Key { get; init; }
}
