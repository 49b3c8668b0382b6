namespace Ratchet.TrainerService.Ports;

/// <summary>Takes one data set out of a LLaMA-Factory folder: a dataset_info.json and the data files beside it (F25).</summary>
public interface IDatasetInfoReader
{
    /// <summary>The entry that is meant: the one of that name, or the only one.</summary>
    /// <param name="datasetInfo">The file.</param>
    /// <param name="name">Null where there is only one.</param>
    /// <exception cref="FormatException">It is no such file, has no such entry, has several, or the entry's data are elsewhere.</exception>
    NamedDataset Choose(ReadOnlyMemory<byte> datasetInfo, string? name);

    /// <summary>Reads the entry's file as the entry says, and writes its rows in a form that needs no entry: on the disk when it returns.</summary>
    /// <param name="dataset">As chosen.</param>
    /// <param name="path">The data file.</param>
    /// <param name="target">The file to write.</param>
    /// <returns>Faults with their places in the data file; nothing is to be used where there are any.</returns>
    IReadOnlyList<DatasetFault> Convert(NamedDataset dataset, string path, string target);
}

/// <summary>A data set that was chosen.</summary>
/// <param name="Name">Its key in dataset_info.json.</param>
/// <param name="FileName">Its file, without folders.</param>
/// <param name="Entry">The reader's own.</param>
public sealed record NamedDataset(string Name, string FileName, object Entry);
