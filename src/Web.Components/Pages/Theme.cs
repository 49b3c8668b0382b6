namespace Ratchet.Web.Components.Pages;

/// <summary>Which colours: the system's choice, or one that the person made.</summary>
public enum Theme
{
    System,
    Light,
    Dark,
}
