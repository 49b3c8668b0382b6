namespace Ratchet.TestKit;

/// <summary>Where the sources are, found from the test program upwards.</summary>
public static class SourceTree
{
    /// <summary>The folder of Aspire.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds Aspire.sln. Run the tests inside a clone.");
    }
}
