using System.Text.RegularExpressions;

namespace Ratchet.House.Tests;

/// <summary>What every source file keeps to: its namespace, its length, names that say something, no place of one machine.</summary>
public sealed partial class SourceFileTests
{
    private const int LinesMax = 400;

    /// <summary>Declares members of other people's packages, in their namespaces and under their names.</summary>
    private const string OthersNames = "tests/Upstream.Contracts";

    private static readonly string[] VagueEndings = ["Helper", "Helpers", "Utils", "Util", "Manager", "Common", "Base", "Impl"];

    [Fact]
    public void The_namespace_is_the_folder() => Assert.Empty(MisplacedNamespaces(SourceTree.Repository));

    [Fact]
    public void No_file_is_longer_than_400_lines() => Assert.Empty(LongFiles(SourceTree.Repository));

    [Fact]
    public void No_type_has_a_name_that_says_nothing() => Assert.Empty(VagueNames(SourceTree.Repository));

    [Fact]
    public void No_file_names_a_place_on_one_machine() => Assert.Empty(LocalPaths(SourceTree.Repository));

    [Fact]
    public void A_planted_namespace_of_another_folder_is_caught()
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/Engine/Engine.csproj", "<Project />")
            .With("src/Engine/Kernels/Here.cs", "namespace Ratchet.Engine.Kernels;")
            .With("src/Engine/Kernels/There.cs", "namespace Ratchet.Engine.Models;");

        Assert.Equal(
            ["src/Engine/Kernels/There.cs is in namespace Ratchet.Engine.Models, its folder says Ratchet.Engine.Kernels"],
            MisplacedNamespaces(planted.Tree));
    }

    [Fact]
    public void A_planted_long_file_is_caught()
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/Engine/Long.cs", string.Join('\n', Enumerable.Repeat("// line", LinesMax + 1)))
            .With("src/Engine/Short.cs", string.Join('\n', Enumerable.Repeat("// line", LinesMax)));

        Assert.Equal(["src/Engine/Long.cs has 401 lines"], LongFiles(planted.Tree));
    }

    [Theory]
    [InlineData("internal static class ChunkHelper;")]
    [InlineData("public sealed record QueueManager(int Count);")]
    [InlineData("public abstract class StoreBase;")]
    public void A_planted_vague_name_is_caught(string declaration)
    {
        using PlantedTree planted = new PlantedTree().With("src/Gateway/Planted.cs", declaration);

        Assert.Single(VagueNames(planted.Tree));
    }

    [Fact]
    public void A_planted_local_path_is_caught()
    {
        // Put together here so that this file does not break the rule it tests.
        using PlantedTree planted = new PlantedTree().With("docs/planted.md", "see /ho" + "me/alice/notes.txt");

        Assert.Single(LocalPaths(planted.Tree));
    }

    private static string[] MisplacedNamespaces(SourceTree tree) =>
    [
        .. from project in tree.Files("src", "*.csproj").Concat(tree.Files("tests", "*.csproj")).Concat(tree.Files("bench", "*.csproj"))
           let folder = Path.GetDirectoryName(project)!.Replace('\\', '/')
           where folder != OthersNames
           let declaredRoot = RootNamespace().Match(tree.Text(project)).Groups["root"].Value
           let root = declaredRoot.Length > 0 ? declaredRoot : $"Ratchet.{Path.GetFileNameWithoutExtension(project)}"
           from file in tree.Files(folder)
           let rooms = file[(folder.Length + 1)..].Split('/')[..^1]
           let expected = string.Join('.', [root, .. rooms])
           from line in tree.Lines(file)
           let declared = NamespaceLine().Match(line).Groups["name"].Value
           where declared.Length > 0 && declared != expected
           select $"{file} is in namespace {declared}, its folder says {expected}",
    ];

    private static string[] LongFiles(SourceTree tree) =>
    [
        .. from file in Sources(tree)
           let count = tree.Lines(file).Length
           where count > LinesMax
           select $"{file} has {count} lines",
    ];

    private static string[] VagueNames(SourceTree tree) =>
    [
        .. from file in Sources(tree)
           where !file.StartsWith(OthersNames, StringComparison.Ordinal)
           from line in tree.Lines(file)
           let name = TypeDeclaration().Match(line).Groups["name"].Value
           where VagueEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))
           select $"{file}: {name}",
    ];

    private static string[] LocalPaths(SourceTree tree) =>
    [
        .. from file in TextFiles(tree)
           from line in tree.Lines(file)
           let path = LocalPath().Match(line).Value
           where path.Length > 0
           select $"{file}: {path}",
    ];

    private static IEnumerable<string> Sources(SourceTree tree) =>
        tree.Files("src").Concat(tree.Files("tests")).Concat(tree.Files("bench")).Concat(tree.Files("samples"));

    private static IEnumerable<string> TextFiles(SourceTree tree) =>
        from folder in new[] { "src", "tests", "bench", "samples", "docs", "eng", ".ci" }
        from file in tree.Files(folder, "*")
        where Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".targets" or ".md" or ".json" or ".js" or ".razor" or ".css"
            or ".sh" or ".ps1" or ".yml" or ".html" or ""
        where !file.StartsWith("tests/golden/", StringComparison.Ordinal)
        select file;

    [GeneratedRegex(@"<RootNamespace>(?<root>[\w.]+)</RootNamespace>")]
    private static partial Regex RootNamespace();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)\s*[;{]?\s*$")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|interface|enum|struct|record(?:\s+(?:class|struct))?)\s+(?<name>\w+)")]
    private static partial Regex TypeDeclaration();

    // Homes, drives and work folders of one machine. A path of the operating system (/proc, /usr/bin, /var/run) is no such place.
    [GeneratedRegex(@"(?<![\w.])/(?:home|Users|root|work)/\w[^\s""'`)]*|\b[A-Z]:\\Users\\\w+")]
    private static partial Regex LocalPath();
}
