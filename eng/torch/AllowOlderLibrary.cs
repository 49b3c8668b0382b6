// Lets the native part of TorchSharp 0.107 load where the C++ library is GCC 12's (Debian 12), for tests on such a machine.
//
//   dotnet run eng/torch/AllowOlderLibrary.cs artifacts/Aspire/bin/Engine.Torch.Tests/release
//
// libLibTorchSharp.so asks libstdc++ for the version GLIBCXX_3.4.32, and uses nothing of it but a mark that GCC 13's headers leave
// (ios_base_library_init), which is never called. This sets the "weak" flag of that demand in the copies below a build's output: the
// loader then does not insist. Nothing else of the file changes; the packages themselves stay as they are.
using System.Buffers.Binary;

const uint NameHash = 0x0297f842; // ELF's hash of "GLIBCXX_3.4.32"
const ushort Weak = 2;
const int EntryBytes = 16;
const string Library = "libLibTorchSharp.so";

if (args is not [var folder] || !Directory.Exists(folder))
{
    Console.Error.WriteLine("The folder of a build's output is needed: artifacts/Aspire/bin/Engine.Torch.Tests/release.");
    return 2;
}

string[] files = Directory.GetFiles(folder, Library, SearchOption.AllDirectories);
foreach (string file in files)
{
    byte[] bytes = File.ReadAllBytes(file);
    Console.WriteLine(Loosen(bytes) ? Written(file, bytes) : $"{file}: asks for nothing newer, or was changed already.");
}

return files.Length > 0 ? 0 : 1;

// vernaux: hash (4), flags (2), index (2), name (4), next (4); the entries of a file lie one after another.
static bool Loosen(byte[] bytes)
{
    if (bytes.AsSpan().IndexOf("GLIBCXX_3.4.32"u8) < 0)
    {
        return false;
    }

    Span<byte> wanted = stackalloc byte[4];
    BinaryPrimitives.WriteUInt32LittleEndian(wanted, NameHash);
    for (int at = 0; at + EntryBytes <= bytes.Length; at += 4)
    {
        Span<byte> entry = bytes.AsSpan(at, EntryBytes);
        uint next = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
        if (entry.StartsWith(wanted) && entry[4] == 0 && entry[5] == 0 && (next is 0 or EntryBytes))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], Weak);
            return true;
        }
    }

    return false;
}

static string Written(string file, byte[] bytes)
{
    File.WriteAllBytes(file, bytes);
    return $"{file}: no longer insists on GLIBCXX_3.4.32.";
}
