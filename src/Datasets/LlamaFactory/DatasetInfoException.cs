namespace Ratchet.Datasets.LlamaFactory;

/// <summary>A dataset_info.json, or an entry of it, that cannot be followed.</summary>
public sealed class DatasetInfoException(string message) : FormatException(message);
