namespace Ratchet.Datasets.LlamaFactory;

/// <summary>One data set of a dataset_info.json: where it is, and which of its fields mean what (F25).</summary>
/// <param name="Name">Its key.</param>
public sealed record DatasetEntry(string Name)
{
    private static readonly string[] FileEndings = [".json", ".jsonl", ".csv"];

    /// <summary>The file beside dataset_info.json; null where the set is fetched from elsewhere.</summary>
    public string? FileName { get; init; }

    /// <summary>Where it is fetched from: "hf_hub_url org/name"; null for a file.</summary>
    public string? Remote { get; init; }

    /// <summary>Whether rows are conversations in turns (sharegpt, openai); else flat fields (alpaca).</summary>
    public bool HasTurns { get; init; }

    /// <summary>Whether rows hold a better and a worse answer.</summary>
    public bool IsRanking { get; init; }

    /// <summary>Rows that are taken; all where null.</summary>
    public int? SampleCount { get; init; }

    /// <summary>LLaMA-Factory's names of columns to those of the file; only what stands here is read.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>LLaMA-Factory's names of tags to those of the file.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The path of the set's file.</summary>
    /// <param name="folder">That of dataset_info.json; the file must lie in it.</param>
    /// <exception cref="DatasetInfoException">The set is no such file, or is of a kind that is not read.</exception>
    public string FileIn(string folder)
    {
        if (FileName is null)
        {
            throw new DatasetInfoException($"'{Name}' is fetched from elsewhere ({Remote}). Download its file, and name it in 'file_name'.");
        }

        string full = Path.GetFullPath(folder);
        string root = Path.EndsInDirectorySeparator(full) ? full : full + Path.DirectorySeparatorChar;
        string path = Path.GetFullPath(Path.Combine(folder, FileName));
        if (!path.StartsWith(root, StringComparison.Ordinal))
        {
            throw new DatasetInfoException($"'{Name}' names the file '{FileName}', which lies outside the folder of dataset_info.json; one inside is needed.");
        }

        return FileEndings.Contains(Path.GetExtension(path).ToLowerInvariant())
            ? path
            : throw new DatasetInfoException($"'{Name}' names the file '{FileName}'; read are {string.Join(", ", FileEndings)}. Convert it to one of them.");
    }
}
