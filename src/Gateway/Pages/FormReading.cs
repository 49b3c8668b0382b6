namespace Ratchet.Gateway.Pages;

/// <summary>Reads what a form sent.</summary>
public static class FormReading
{
    /// <summary>A field's text, trimmed; null where it is empty or absent.</summary>
    public static string? Text(this IFormCollection form, string name)
    {
        ArgumentNullException.ThrowIfNull(form);
        string text = form[name].ToString().Trim();
        return text.Length == 0 ? null : text;
    }
}
