using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.Gateway.Aliases;

/// <summary>
/// Which adapter each alias holds: the last that the trainer said, on disk, so that chats go on while the trainer is away.
/// </summary>
public sealed class AliasTable
{
    private readonly string _path;
    private readonly Lock _gate = new();
    private volatile IReadOnlyDictionary<string, AliasRecord> _aliases;

    public AliasTable(ServiceData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        _path = data.PathOf("aliases.json");
        _aliases = Read(_path);
    }

    /// <summary>All aliases, by name.</summary>
    public IReadOnlyDictionary<string, AliasRecord> All => _aliases;

    /// <summary>The exact adapter (or base) that an alias holds at this moment; null where there is no such alias.</summary>
    public AliasRecord? Find(string name) => _aliases.GetValueOrDefault(name);

    /// <summary>Takes over records that are newer than what is known; an event that comes late changes nothing.</summary>
    public void Apply(params IEnumerable<AliasRecord> records)
    {
        lock (_gate)
        {
            var next = new Dictionary<string, AliasRecord>(_aliases, StringComparer.Ordinal);
            bool changed = false;
            foreach (AliasRecord record in records)
            {
                if (!next.TryGetValue(record.Name, out AliasRecord? known) || record.Version > known.Version)
                {
                    next[record.Name] = record with { History = [] };
                    changed = true;
                }
            }

            if (!changed)
            {
                return;
            }

            AtomicFile.WriteAllText(_path, JsonSerializer.Serialize(next.Values, WireJson.Options));
            _aliases = next;
        }
    }

    private static Dictionary<string, AliasRecord> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            List<AliasRecord>? records = JsonSerializer.Deserialize<List<AliasRecord>>(File.ReadAllText(path), WireJson.Options);
            return (records ?? []).ToDictionary(record => record.Name, StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            // A copy of what the trainer keeps: asked for again at start, so a spoilt one is no loss.
            return [];
        }
    }
}
