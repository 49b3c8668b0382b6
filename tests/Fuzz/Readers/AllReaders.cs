namespace Ratchet.Fuzz.Readers;

/// <summary>Every reader of files from outside.</summary>
internal static class AllReaders
{
    /// <param name="folder">For files that a reader opens by itself; the thread's own.</param>
    public static IReadOnlyList<FuzzReader> Create(string folder) =>
        [.. ModelFileReaders.Create(folder), .. AdapterReaders.Create(folder), .. TokenizerReaders.Create(folder), .. TextReaders.Create()];
}
