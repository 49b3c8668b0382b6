namespace Ratchet.ServiceDefaults.Storage;

/// <summary>The folder that holds models/ and samples/: the solution's where run from a clone, else the program's.</summary>
public static class SolutionFolder
{
    /// <summary>Walks up from the program to the first folder with a models/ folder or the solution file.</summary>
    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln"))
                || File.Exists(Path.Combine(folder.FullName, "models", "models.json")))
            {
                return folder.FullName;
            }
        }

        return AppContext.BaseDirectory;
    }
}
