namespace Ratchet.TrainerService.Datasets;

/// <summary>Tells who still needs a file; asked before a file is deleted.</summary>
public interface IFileUse
{
    /// <summary>Id of a job that will still read the file, or null.</summary>
    string? UserOf(string fileId);
}
