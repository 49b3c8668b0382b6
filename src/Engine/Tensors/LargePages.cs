using System.Runtime.InteropServices;

namespace Ratchet.Engine.Tensors;

/// <summary>
/// Memory of the system in pages of 2 MiB where it gives them: reading a model's weights once a token is held up by the look-up of small
/// pages, and filling activations by the system's giving them one by one. Linux only, and only advice: the system may give small ones.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Blocks from here on are worth pages of their own.</summary>
    public const long LeastBytes = 2 * PageBytes;

    private const long PageBytes = 2 << 20;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private const int UseHugePages = 14;

    /// <summary>Maps zeroed memory that begins at a large page.</summary>
    /// <param name="length">Bytes.</param>
    /// <returns>The first byte, or null where the system does not do this: allocate in the usual way then.</returns>
    public static byte* TryMap(long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        long whole = length + PageBytes;
        byte* mapped = (byte*)Map(null, (nuint)whole, ReadWrite, PrivateAnonymous, -1, 0);
        if (mapped == (byte*)-1)
        {
            return null;
        }

        byte* first = (byte*)(((nuint)mapped + (nuint)PageBytes - 1) & ~(nuint)(PageBytes - 1));
        if (first > mapped)
        {
            _ = Unmap(mapped, (nuint)(first - mapped));
        }

        byte* end = first + ((length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize);
        if (mapped + whole > end)
        {
            _ = Unmap(end, (nuint)(mapped + whole - end));
        }

        _ = Advise(first, (nuint)length, UseHugePages);
        return first;
    }

    /// <summary>Gives memory back.</summary>
    /// <param name="first">What <see cref="TryMap"/> gave.</param>
    /// <param name="length">As it was asked for.</param>
    public static void Free(byte* first, long length) => _ = Unmap(first, (nuint)length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
