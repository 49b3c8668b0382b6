namespace Ratchet.Fuzz.Readers;

/// <summary>Every reader of files from outside.</summary>
internal static class AllReaders
{
    // A reader of small texts tries hundreds of inputs in the time that a model folder takes for one.
    private const double TextWeight = 3;

    /// <param name="folder">For files that a reader opens by itself; the thread's own.</param>
    public static IReadOnlyList<FuzzReader> Create(string folder) =>
        [.. ModelFileReaders.Create(folder), .. AdapterReaders.Create(folder), .. TokenizerReaders.Create(folder), .. TextReaders.Create().Select(reader => reader with { Weight = TextWeight })];
}
