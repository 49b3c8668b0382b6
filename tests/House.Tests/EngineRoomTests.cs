namespace Ratchet.House.Tests;

/// <summary>The engine's rooms may only look down. This table is the rule; docs/architecture.md draws it.</summary>
public sealed class EngineRoomTests
{
    private static readonly RoomRule Rule = new("Engine", new Dictionary<string, string[]>
    {
        ["Json"] = [],
        ["Kernels"] = [],
        ["Tensors"] = [],
        ["Tokenization"] = ["Json"],
        ["Quantization"] = ["Kernels", "Tensors"],
        ["Formats"] = ["Json", "Quantization", "Tensors"],
        ["Models"] = ["Formats", "Kernels", "Quantization", "Tensors", "Tokenization"],
        ["Adapters"] = ["Formats", "Kernels", "Models", "Quantization", "Tensors"],
        ["Inference"] = ["Adapters", "Formats", "Kernels", "Models", "Quantization", "Tensors", "Tokenization"],
        ["Training"] = ["Adapters", "Formats", "Kernels", "Models", "Quantization", "Tensors", "Tokenization"],
        ["Evaluation"] =
        [
            "Adapters", "Formats", "Inference", "Kernels", "Models", "Quantization", "Tensors", "Tokenization", "Training",
        ],
    });

    [Fact]
    public void Each_room_uses_only_the_rooms_below_it() => Assert.Empty(Rule.Trespasses(SourceTree.Repository));

    [Fact]
    public void Each_room_is_in_the_table() => Assert.Empty(Rule.Unlisted(SourceTree.Repository));

    [Theory]
    [InlineData("using Ratchet.Engine.Inference;")]
    [InlineData("using static Ratchet.Engine.Inference.Sampler;")]
    [InlineData("public static readonly Ratchet.Engine.Inference.Sampler Planted = new();")]
    [InlineData("public static readonly Engine.Inference.Sampler Planted = new();")]
    public void A_planted_trespass_is_caught(string line)
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/Engine/Training/Planted.cs", line)
            .With("src/Engine/Inference/Sampler.cs", "namespace Ratchet.Engine.Inference;");

        string trespass = Assert.Single(Rule.Trespasses(planted.Tree));
        Assert.StartsWith("src/Engine/Training/Planted.cs: Training uses Inference", trespass, StringComparison.Ordinal);
    }

    [Fact]
    public void A_look_downwards_is_no_trespass()
    {
        using PlantedTree planted = new PlantedTree()
            .With("src/Engine/Training/Below.cs", "using Ratchet.Engine.Models;")
            .With("src/Engine/Models/Decoder.cs", "namespace Ratchet.Engine.Models;");

        Assert.Empty(Rule.Trespasses(planted.Tree));
    }

    [Fact]
    public void A_room_without_a_rule_is_reported()
    {
        using PlantedTree planted = new PlantedTree().With("src/Engine/Attic/Box.cs", "namespace Ratchet.Engine.Attic;");

        Assert.Equal(["Attic"], Rule.Unlisted(planted.Tree));
    }
}
