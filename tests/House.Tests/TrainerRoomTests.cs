namespace Ratchet.House.Tests;

/// <summary>The trainer's rooms: the registry stands alone, cycles may use all, nobody uses cycles.</summary>
public sealed class TrainerRoomTests
{
    // DESIGN names two rules; the rest follows from the direction of the loop: data, jobs, evaluation, gate, registry.
    private static readonly RoomRule Rule = new("TrainerService", new Dictionary<string, string[]>
    {
        ["Registry"] = [],
        ["Datasets"] = ["Registry"],
        ["Jobs"] = ["Datasets", "Registry", "Evaluation", "Gate"],
        ["Evaluation"] = ["Datasets", "Jobs", "Registry", "Gate"],
        ["Gate"] = ["Evaluation", "Registry"],
        ["Exports"] = ["Datasets", "Jobs", "Registry"],
        ["Cycles"] = ["Datasets", "Jobs", "Evaluation", "Gate", "Registry", "Exports"],
    });

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
