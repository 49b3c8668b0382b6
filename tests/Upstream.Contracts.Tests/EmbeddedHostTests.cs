using System.Reflection;

namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>The embedded host has what the Aspire stack uses of Aspire.Hosting, under the same signatures: one Program.cs means the same on both.</summary>
public sealed class EmbeddedHostTests
{
    // Made by the hosts themselves, never by an AppHost.
    private static readonly string[] NotShared = ["Aspire.Hosting.DistributedApplication::.ctor", "Aspire.Hosting.Docker.", "Aspire.Hosting.Kubernetes"];

    private static readonly string[] Publishing = ["aspire-hosting-docker.txt", "aspire-hosting-kubernetes.txt"];

    [Fact]
    public void Every_upstream_member_that_is_used_has_a_twin_of_the_same_signature()
    {
        // Loaded, not referenced: its types have the names of the declarations.
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var host = Assembly.LoadFrom(Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "Hosting.Embedded", configuration, "Ratchet.Hosting.Embedded.dll")));
        var twins = Declarations.Of(host.GetExportedTypes().Where(type => type.Namespace is
            "Aspire.Hosting" or "Aspire.Hosting.ApplicationModel" or "Aspire.Hosting.Testing"));

        string[] missing =
        [
            .. from path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "signatures"), "aspire-hosting*.txt")
               where !Publishing.Contains(Path.GetFileName(path))
               from line in SignatureFile.Read(File.ReadLines(path), twins.ValueTypes)
               where line.Member is not null
               let member = $"{line.Type}::{line.Member}"
               where !twins.All.Contains(member) && !NotShared.Any(one => member.StartsWith(one, StringComparison.Ordinal)) && !IsForPublishing(member)
               select member,
        ];

        Assert.True(missing.Length == 0, "Hosting.Embedded lacks:\n" + string.Join('\n', missing));
    }

    // What only Publishing.Aspire.cs says, which the Embedded stack does not compile.
    private static bool IsForPublishing(string member) => member.Contains("ContainerMount", StringComparison.Ordinal)
        || member.Contains("IResourceWithParent", StringComparison.Ordinal);
}
