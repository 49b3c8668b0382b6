namespace Ratchet.House.Tests;

/// <summary>A small source tree in a temporary folder, to show that a rule catches who breaks it.</summary>
public sealed class PlantedTree : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ratchet-house-");

    public SourceTree Tree => new(_folder.FullName);

    public PlantedTree With(string file, string text)
    {
        string path = Path.Combine(_folder.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
