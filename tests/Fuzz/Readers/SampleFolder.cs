namespace Ratchet.Fuzz.Readers;

/// <summary>A folder of files that belong together, of which one at a time is replaced by an input.</summary>
internal sealed class SampleFolder
{
    private readonly string _source;

    public SampleFolder(string source, string folder)
    {
        (_source, Path) = (source, folder);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(source))
        {
            File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)), overwrite: true);
        }
    }

    /// <summary>The copy.</summary>
    public string Path { get; }

    /// <summary>Does something while one file is replaced.</summary>
    public T With<T>(string name, byte[] bytes, Func<string, T> read)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        try
        {
            return read(Path);
        }
        finally
        {
            File.Copy(System.IO.Path.Combine(_source, name), path, overwrite: true);
        }
    }
}
