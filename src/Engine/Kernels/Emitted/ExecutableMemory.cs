using System.Runtime.InteropServices;

namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>Machine code made executable: written first, then read-only; never writable and executable at once. Linux only.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;
    private const int PrivateAnonymous = 0x22;
    private const int PageBytes = 4096;

    /// <summary>Places several routines, each at the start of a cache line.</summary>
    /// <returns>Their addresses; none at all where the system does not let memory be executed.</returns>
    public static nint[] PlaceAll(byte[][] routines)
    {
        const int Alignment = 64;
        int[] offsets = new int[routines.Length];
        var code = new List<byte>();
        for (int i = 0; i < routines.Length; i++)
        {
            offsets[i] = code.Count;
            code.AddRange(routines[i]);
            code.AddRange(new byte[(Alignment - (code.Count % Alignment)) % Alignment]);
        }

        void* memory = TryPlace([.. code]);
        return memory == null ? [] : [.. offsets.Select(offset => (nint)memory + offset)];
    }

    /// <summary>Copies the code to pages of its own, which last as long as the process.</summary>
    /// <returns>The address of the first instruction, or null where the system does not let memory be executed.</returns>
    private static void* TryPlace(ReadOnlySpan<byte> code)
    {
        nuint bytes = (nuint)((code.Length + PageBytes - 1) / PageBytes * PageBytes);
        void* pages = Map(null, bytes, Read | Write, PrivateAnonymous, -1, 0);
        if (pages == (void*)-1)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(pages, code.Length));
        if (Protect(pages, bytes, Read | Execute) == 0)
        {
            return pages;
        }

        _ = Unmap(pages, bytes);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);
}
