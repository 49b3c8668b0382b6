using System.ComponentModel;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.SemanticKernel;

namespace Ratchet.SemanticKernel.Plugins;

/// <summary>The plugin <c>trainer</c>: what serves, what was trained, and, where allowed, steering it.</summary>
internal sealed class TrainerFunctions(GatewayConnection gateway, RatchetOptions options)
{
    private const int ListMax = 20;
    private const int CyclesMax = 5;

    public KernelPlugin AsPlugin()
    {
        List<KernelFunction> functions =
        [
            KernelFunctionFactory.CreateFromMethod(StatusAsync, "status"),
            KernelFunctionFactory.CreateFromMethod(ListAdaptersAsync, "list_adapters"),
        ];
        if (options.AllowChanges)
        {
            functions.Add(KernelFunctionFactory.CreateFromMethod(StartCycleAsync, "start_cycle"));
            functions.Add(KernelFunctionFactory.CreateFromMethod(PromoteAsync, "promote"));
            functions.Add(KernelFunctionFactory.CreateFromMethod(RollBackAsync, "roll_back"));
        }

        return KernelPluginFactory.CreateFromFunctions("trainer", "The training of the model that answers from the documents.", functions);
    }

    [Description("Tells which adapter serves now, which training cycles run or ran last, and how many examples wait for the next one.")]
    private Task<string> StatusAsync(CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
    {
        JsonNode? alias = await AliasAsync(cancellation).ConfigureAwait(false);
        JsonNode stats = await gateway.GetAsync("v1/knowledge/stats", cancellation).ConfigureAwait(false);
        JsonNode cycles = await gateway.GetAsync("v1/cycles", cancellation).ConfigureAwait(false);
        var text = new StringBuilder();
        text.AppendLine(alias is null ? "The base model serves; no adapter was promoted yet." : $"{Serves(alias)}.");
        text.AppendLine($"{stats["ready_to_seal"]} approved examples wait for the next cycle.");
        foreach (JsonNode? cycle in (cycles["data"] as JsonArray ?? []).OrderByDescending(cycle => (long?)cycle?["created_at"] ?? 0).Take(CyclesMax))
        {
            text.AppendLine($"Cycle {(string?)cycle?["id"]}: {(string?)cycle?["status"]}, step {(string?)cycle?["step"] ?? "none"}.");
        }

        return text.ToString();
    });

    [Description("Lists the trained adapters, newest first: exact id, verdict of the gate, and the aliases that hold it.")]
    private Task<string> ListAdaptersAsync(CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
    {
        JsonNode adapters = await gateway.GetAsync("v1/adapters", cancellation).ConfigureAwait(false);
        string[] lines =
        [
            .. (adapters["data"] as JsonArray ?? []).OrderByDescending(adapter => (long?)adapter?["created_at"] ?? 0).Take(ListMax)
                .Select(adapter => $"{(string?)adapter?["id"]}: verdict {(string?)adapter?["verdict"] ?? "none yet"}; held by "
                    + string.Join(", ", (adapter?["aliases"] as JsonArray ?? []).Select(name => (string?)name).DefaultIfEmpty("no alias"))),
        ];
        return lines.Length == 0 ? "There is no adapter yet." : string.Join('\n', lines);
    });

    [Description("Starts a training cycle: seals the approved examples of a collection, trains an adapter, evaluates it and promotes it if it is measurably better. Takes long; only when the user asks for it.")]
    private Task<string> StartCycleAsync(
        [Description("Why, in the user's words; it is kept.")] string reason,
        [Description("The collection to train on; 'default' if you leave it out.")] string collection = "default",
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            JsonNode cycle = await gateway.PostAsync(
                "v1/cycles", new JsonObject { ["collection"] = collection, ["reason"] = reason }, cancellation).ConfigureAwait(false);
            return $"Cycle {(string?)cycle["id"]} has started on '{collection}'.";
        });

    [Description("Makes an adapter the one that serves, at once and for all. Only when the user names it and asks for it.")]
    private Task<string> PromoteAsync(
        [Description("The exact id, which begins with ft:; list_adapters shows it.")] string adapter,
        [Description("Why, in the user's words; it is kept.")] string reason,
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            JsonNode? held = await AliasAsync(cancellation).ConfigureAwait(false);
            JsonNode moved = await gateway.PutAsync(
                $"v1/aliases/{Uri.EscapeDataString(options.Alias)}",
                new JsonObject { ["adapter"] = adapter, ["expected_version"] = (long?)held?["version"] ?? 0, ["reason"] = reason },
                cancellation).ConfigureAwait(false);
            return $"{Serves(moved)} now.";
        });

    [Description("Takes the last promotion back: the adapter before it serves again. Only when the user asks for it.")]
    private Task<string> RollBackAsync(
        [Description("Why, in the user's words; it is kept.")] string reason,
        CancellationToken cancellation = default) => ModelAnswer.OrRefusalAsync(async () =>
        {
            JsonNode? held = await AliasAsync(cancellation).ConfigureAwait(false);
            if (held is null)
            {
                return $"Nothing was promoted as '{options.Alias}' yet; there is nothing to take back.";
            }

            JsonNode moved = await gateway.PostAsync(
                $"v1/aliases/{Uri.EscapeDataString(options.Alias)}/rollback",
                new JsonObject { ["expected_version"] = (long?)held["version"] ?? 0, ["reason"] = reason },
                cancellation).ConfigureAwait(false);
            return $"{Serves(moved)} again.";
        });

    private async Task<JsonNode?> AliasAsync(CancellationToken cancellation)
    {
        JsonNode aliases = await gateway.GetAsync("v1/aliases", cancellation).ConfigureAwait(false);
        return (aliases["data"] as JsonArray ?? []).FirstOrDefault(alias => (string?)alias?["name"] == options.Alias);
    }

    private static string Serves(JsonNode alias) => $"{(string?)alias["adapter"]} serves as '{(string?)alias["name"]}', version {alias["version"]}";
}
