namespace Ratchet.Engine.Models;

/// <summary>Gathers the faults of a config, so that its user sees all of them at once.</summary>
internal sealed class ConfigCheck(string config)
{
    private readonly List<string> _faults = [];

    /// <summary>Notes a fault where the claim does not hold.</summary>
    public ConfigCheck Require(bool holds, string fault)
    {
        if (!holds)
        {
            _faults.Add(fault);
        }

        return this;
    }

    /// <summary>Returns the value, or throws with all faults.</summary>
    public T Accept<T>(T value) => _faults.Count == 0 ? value : throw new InvalidConfigException(config, _faults);
}
