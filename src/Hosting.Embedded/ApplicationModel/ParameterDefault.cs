namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a parameter gets its value from when nobody has set it.</summary>
public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}
