namespace Ratchet.RagService.Ports;

/// <summary>Which chunks a search may find.</summary>
/// <param name="Collection">Null: any.</param>
/// <param name="Conditions">All must hold.</param>
internal sealed record ChunkFilter(string? Collection, IReadOnlyList<MetadataCondition> Conditions)
{
    public static ChunkFilter None { get; } = new(null, []);

    public bool Matches(ChunkLabels labels)
    {
        if (Collection is not null && !string.Equals(Collection, labels.Collection, StringComparison.Ordinal))
        {
            return false;
        }

        foreach (MetadataCondition condition in Conditions)
        {
            if (!labels.Metadata.TryGetValue(condition.Name, out string? value) || !condition.Values.Contains(value))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>The named metadata must have one of the values.</summary>
internal sealed record MetadataCondition(string Name, IReadOnlyList<string> Values);
