using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Training;

/// <summary>A way to train that the form offers.</summary>
/// <param name="Name">As the form sends it.</param>
/// <param name="Label">For people.</param>
/// <param name="Extras">What it puts into <c>x_ratchet</c>.</param>
public sealed record JobMethod(string Name, Phrase Label, string Extras)
{
    /// <summary>All, the usual one first.</summary>
    public static readonly IReadOnlyList<JobMethod> All =
    [
        new("lora", TrainingStrings.MethodLora, "{}"),
        new("nf4", TrainingStrings.MethodNf4, """{"tuning":"qlora","quantization":"nf4"}"""),
        new("dpo", TrainingStrings.MethodDpo, """{"objective":"dpo"}"""),
        new("freeze", TrainingStrings.MethodFreeze, """{"tuning":"freeze"}"""),
        new("full", TrainingStrings.MethodFull, """{"tuning":"full"}"""),
    ];

    /// <summary>The one of this name; null where there is none.</summary>
    public static JobMethod? Find(string? name) => All.FirstOrDefault(method => method.Name == (name ?? All[0].Name));

    /// <summary>The one that a job was made with.</summary>
    /// <param name="settings">The job's settings as the trainer wrote them.</param>
    public static JobMethod? Of(JsonElement? settings) => Find(
        Word(settings, "objective") == "dpo" ? "dpo"
        : Word(settings, "tuning") is "full" or "freeze" ? Word(settings, "tuning")
        : Word(settings, "quantization") is "nf4" or "fp4" ? "nf4"
        : "lora");

    /// <summary>OpenAI's word for it.</summary>
    public string Type => Name == "dpo" ? "dpo" : "supervised";

    /// <summary>A copy of <see cref="Extras"/>.</summary>
    public JsonObject MakeExtras() => JsonNode.Parse(Extras)!.AsObject();

    private static string? Word(JsonElement? settings, string name) =>
        settings is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
