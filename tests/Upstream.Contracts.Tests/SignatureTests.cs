using System.Reflection;

namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>The declarations that stand in for upstream packages say what upstream's own texts say, no more and no less.</summary>
public sealed class SignatureTests
{
    private static readonly Declarations Declared = Declarations.Of(Assembly.Load("Ratchet.Upstream.Contracts"));
    private static readonly IReadOnlyList<(string File, string Type, string? Member)> Written =
    [
        .. from path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "signatures"), "*.txt").Order(StringComparer.Ordinal)
           from line in SignatureFile.Read(File.ReadLines(path), Declared.ValueTypes)
           select (Path.GetFileName(path), line.Type, line.Member),
    ];

    [Fact]
    public void Every_declared_member_is_in_a_signature_file()
    {
        HashSet<string> written = [.. Written.Where(one => one.Member is not null).Select(one => $"{one.Type}::{one.Member}")];

        string[] inventions = [.. Declared.All.Where(member => !written.Contains(member))];

        Assert.True(
            inventions.Length == 0,
            "Declared, and not in signatures/ (copy the upstream line, or mend the declaration):\n" + string.Join('\n', inventions));
    }

    [Fact]
    public void Every_line_of_a_signature_file_is_declared()
    {
        // Parameterless constructors are not told apart from those that the compiler adds.
        string[] missing =
        [
            .. Written.Where(one => one.Member is not null and not ".ctor()" && !Declared.All.Contains($"{one.Type}::{one.Member}"))
                .Select(one => $"{one.File}: {one.Type}::{one.Member}"),
        ];

        Assert.True(
            missing.Length == 0,
            "In signatures/, and not declared (declare it so, or take the line out):\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Types_are_the_same_on_both_sides()
    {
        string[] written = [.. Written.Select(one => one.Type).Distinct()];

        // A type that only stands in a signature needs no header of its own.
        string[] withMembers = [.. Declared.All.Select(member => member.Split("::")[0]).Distinct()];
        string[] differences =
        [
            .. withMembers.Except(written).Select(type => $"{type} is declared, and no signature file has its header or a line of it"),
            .. written.Except(Declared.Types).Select(type => $"{type} is in a signature file, and not declared"),
        ];
        Assert.True(differences.Length == 0, string.Join('\n', differences));
    }

    [Fact]
    public void The_list_of_upstream_members_is_printed()
    {
        foreach (IGrouping<string, (string File, string Type, string? Member)> file in Written.GroupBy(one => one.File))
        {
            TestContext.Current.SendDiagnosticMessage("{0}: {1} members", file.Key, file.Count(one => one.Member is not null));
            Console.WriteLine($"# {file.Key}");
            foreach ((_, string type, string? member) in file.Where(one => one.Member is not null))
            {
                Console.WriteLine($"{type}::{member}");
            }
        }

        Assert.NotEmpty(Declared.All);
    }
}
