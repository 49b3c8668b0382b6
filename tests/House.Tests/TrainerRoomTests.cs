namespace Ratchet.House.Tests;

/// <summary>The trainer's rooms: the registry stands alone, cycles may use all, nobody uses cycles.</summary>
public sealed class TrainerRoomTests
{
    // The registry needs only what serves (a port); the rest follows the loop: data, jobs, evaluation, gate, registry, cycles.
    private static readonly RoomRule Rule = new("TrainerService", new Dictionary<string, string[]>
    {
        ["Ports"] = ["Jobs"],
        ["Registry"] = ["Ports"],
        ["Datasets"] = ["Ports", "Registry"],
        ["Jobs"] = ["Datasets", "Ports", "Registry"],
        ["Evaluation"] = ["Datasets", "Gate", "Jobs", "Ports", "Registry"],
        ["Gate"] = [],
        ["Exports"] = ["Datasets", "Jobs", "Ports", "Registry"],
        ["Telemetry"] = ["Jobs", "Registry"],
        ["Cycles"] = ["Datasets", "Evaluation", "Exports", "Gate", "Jobs", "Ports", "Registry", "Telemetry"],
        ["Worker"] = ["Evaluation", "Infrastructure", "Jobs", "Ports"],
        ["Infrastructure"] = ["Jobs", "Ports"],
        ["Properties"] = [],
    });

    [Fact]
    public void Each_room_is_in_the_table() => Assert.Empty(Rule.Unlisted(SourceTree.Repository));

    [Fact]
    public void Each_room_uses_only_what_it_may() => Assert.Empty(Rule.Trespasses(SourceTree.Repository));

    [Fact]
    public void A_registry_that_looks_at_cycles_is_caught()
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/TrainerService/Registry/Planted.cs", "using Ratchet.TrainerService.Cycles;")
            .With("src/TrainerService/Cycles/Saga.cs", "namespace Ratchet.TrainerService.Cycles;");

        Assert.Single(Rule.Trespasses(planted.Tree));
    }
}
