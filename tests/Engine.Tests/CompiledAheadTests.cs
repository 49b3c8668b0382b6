using System.Reflection.PortableExecutable;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests;

/// <summary>A release build's engine brings machine code along, so that a process need not compile it first (docs/adr/0006).</summary>
public sealed class CompiledAheadTests
{
    [Fact]
    public void A_release_build_brings_machine_code()
    {
        string output = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        Assert.SkipUnless(Path.GetFileName(output) == "release", "Only a release build is compiled ahead.");
        string made = Path.Combine(output, "../../../obj/Engine/release/precompiled");
        string? missing = Directory.Exists(made) ? Directory.GetFiles(made, "missing-*.txt").FirstOrDefault() : null;
        Assert.SkipWhen(missing is not null, missing is null ? "" : $"Not compiled ahead: {File.ReadAllText(missing).Trim()}");

        using var file = new PEReader(File.OpenRead(typeof(VectorPath).Assembly.Location));

        Assert.NotEqual(0, file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }
}
