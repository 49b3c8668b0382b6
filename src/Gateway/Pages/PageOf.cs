using Microsoft.AspNetCore.Components;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages;

/// <summary>A page is given its reader and everything it shows; it fetches nothing and changes nothing.</summary>
public abstract class PageOf<TView> : ComponentBase
{
    [Parameter]
    [EditorRequired]
    public required PageContext Context { get; set; }

    [Parameter]
    [EditorRequired]
    public required TView View { get; set; }

    /// <summary>A text in the reader's language.</summary>
    protected string T(Phrase phrase) => Context.Say(phrase);

    /// <summary>A text with values in the reader's language.</summary>
    protected string T(Phrase phrase, params object?[] values) => Context.Say(phrase, values);
}
