using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Pages;

/// <summary>A link of the side bar.</summary>
public sealed record NavItem(string Href, Phrase Label);
