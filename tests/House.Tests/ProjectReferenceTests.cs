using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ratchet.House.Tests;

/// <summary>Which project may refer to which: the larger half of the architecture.</summary>
public sealed partial class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Engine"] = [],
        ["Engine.Torch"] = ["Engine"],
        ["Datasets"] = [],
        ["Contracts"] = [],
        ["ServiceDefaults"] = [],
        ["SemanticKernel.Plugins"] = [],
        ["Web.Components"] = [],
        ["TrainerService"] = ["Contracts", "Datasets", "Engine", "Engine.Torch", "ServiceDefaults"],
        ["InferenceService"] = ["Contracts", "Engine", "Engine.Torch", "ServiceDefaults"],
        ["RagService"] = ["Contracts", "Datasets", "Engine", "ServiceDefaults"],
        ["Gateway"] = ["Contracts", "ServiceDefaults", "Web.Components"],
        ["Hosting.Embedded"] = ["Web.Components"],
        // Starts the services as programs and uses none of their types; the references only make the build order.
        ["AppHost"] = ["Gateway", "Hosting.Embedded", "InferenceService", "RagService", "TrainerService"],
        // Drives the public routes of a whole Ratchet that AppHost starts for it.
        ["FirstCycle"] = ["AppHost", "Contracts", "Hosting.Embedded"],
    };

    [Fact]
    public void Each_project_refers_only_to_what_it_may() => Assert.Empty(Trespasses(SourceTree.Repository));

    [Fact]
    public void The_apphost_uses_no_type_of_a_service()
    {
        string[] uses =
        [
            .. from file in SourceTree.Repository.Files("src/AppHost")
               from line in SourceTree.Repository.Lines(file)
               where ServiceNamespace().IsMatch(line)
               select $"{file}: {line.Trim()}",
        ];

        Assert.Empty(uses);
    }

    [Fact]
    public void The_engine_needs_no_package_but_tensors()
    {
        var project = XDocument.Parse(SourceTree.Repository.Text("src/Engine/Engine.csproj"));

        Assert.Equal(
            ["System.Numerics.Tensors"],
            project.Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value));
    }

    [Fact]
    public void A_planted_reference_is_caught()
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/Gateway/Gateway.csproj", Project("../Engine/Engine.csproj"))
            .With("src/Engine/Engine.csproj", "<Project />");

        Assert.Equal(["Gateway refers to Engine"], Trespasses(planted.Tree));
    }

    [Fact]
    public void A_planted_project_without_a_rule_is_caught()
    {
        using PlantedTree planted = new PlantedTree().With("src/Attic/Attic.csproj", "<Project />");

        Assert.Equal(["Attic is not in the table"], Trespasses(planted.Tree));
    }

    private static string Project(string reference) =>
        $"""<Project><ItemGroup><ProjectReference Include="{reference}" /></ItemGroup></Project>""";

    private static string[] Trespasses(SourceTree tree) =>
    [
        .. from file in tree.Files("src", "*.csproj")
           let project = Path.GetFileNameWithoutExtension(file)
           from trespass in MayUse.TryGetValue(project, out string[]? allowed)
               ? References(tree, file).Where(used => !allowed.Contains(used)).Select(used => $"{project} refers to {used}")
               : [$"{project} is not in the table"]
           select trespass,
    ];

    private static IEnumerable<string> References(SourceTree tree, string file) =>
        from reference in XDocument.Parse(tree.Text(file)).Descendants("ProjectReference")
        let path = reference.Attribute("Include")?.Value
        where path is not null
        select Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));

    [GeneratedRegex(@"\bRatchet\.(Gateway|RagService|TrainerService|InferenceService)\b")]
    private static partial Regex ServiceNamespace();
}
