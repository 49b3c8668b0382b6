namespace Ratchet.Web.Components.Text;

/// <summary>The languages that every page speaks.</summary>
public enum Language
{
    English,
    Chinese,
}
