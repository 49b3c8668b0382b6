using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Aliases;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>The training of the model, for a model to tell of and, in an operator's name, to steer.</summary>
internal sealed class TrainerPlugin(
    KernelSession session, TrainerClient trainer, RagClient rag, AliasTable aliases, IOptions<GatewayOptions> options)
{
    public const string Name = "trainer";
    public const string Status = "status";
    public const string ListAdapters = "list_adapters";
    public const string StartCycle = "start_cycle";
    public const string Promote = "promote";
    public const string RollBack = "roll_back";

    private const int ListMax = 20;

    private string Alias => options.Value.Alias;

    [KernelFunction(Status)]
    [Description("Tells which adapter serves now, which training cycles run or ran last, and how many examples wait for the next one.")]
    public async Task<string> StatusAsync(CancellationToken cancellation = default)
    {
        var text = new StringBuilder();
        AliasRecord? alias = (await trainer.ListAliasesAsync(cancellation)).Data.FirstOrDefault(known => known.Name == Alias);
        text.AppendLine(alias is null
            ? "The base model serves; no adapter was promoted yet."
            : string.Create(CultureInfo.InvariantCulture, $"{alias.Adapter} serves as '{alias.Name}', version {alias.Version}."));
        KnowledgeStats stats = await rag.GetStatsAsync(cancellation);
        text.AppendLine(CultureInfo.InvariantCulture, $"{stats.ReadyToSeal} approved examples wait for the next cycle.");
        foreach (CycleRecord cycle in (await trainer.ListCyclesAsync(cancellation)).Data.OrderByDescending(cycle => cycle.CreatedAt).Take(5))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Cycle {cycle.Id}: {cycle.Status}, step {cycle.Step ?? "none"}. {string.Join(" ", cycle.Reasons)}");
        }

        return text.ToString();
    }

    [KernelFunction(ListAdapters)]
    [Description("Lists the trained adapters, newest first: exact id, verdict of the gate, and the aliases that hold it.")]
    public async Task<string> ListAdaptersAsync(CancellationToken cancellation = default)
    {
        IReadOnlyList<AdapterRecord> adapters = (await trainer.ListAdaptersAsync(cancellation)).Data;
        return adapters.Count == 0 ? "There is no adapter yet." : string.Join('\n', adapters
            .OrderByDescending(adapter => adapter.CreatedAt)
            .Take(ListMax)
            .Select(adapter => $"{adapter.Id}: verdict {adapter.Verdict ?? "none yet"}; "
                + (adapter.Aliases.Count == 0 ? "held by no alias" : $"held by {string.Join(", ", adapter.Aliases)}")));
    }

    [KernelFunction(StartCycle)]
    [Description("Starts a training cycle: seals the approved examples of a collection, trains an adapter, evaluates it and promotes it if it is measurably better. Takes long; only when the user asks for it.")]
    public async Task<string> StartCycleAsync(
        [Description("Why, in the user's words; it is kept.")] string reason,
        [Description("The collection to train on; 'default' if you leave it out.")] string collection = "default",
        CancellationToken cancellation = default)
    {
        CycleRecord cycle = await trainer.StartCycleAsync(
            new StartCycleRequest { Collection = collection, Reason = $"{reason} ({session.Caller.Name}, by a model)" }, cancellation);
        return $"Cycle {cycle.Id} has started on '{cycle.Collection}'.";
    }

    [KernelFunction(Promote)]
    [Description("Makes an adapter the one that serves, at once and for all. Only when the user names it and asks for it.")]
    public async Task<string> PromoteAsync(
        [Description("The exact id, which begins with ft:; list_adapters shows it.")] string adapter,
        [Description("Why, in the user's words; it is kept.")] string reason,
        CancellationToken cancellation = default)
    {
        AliasRecord? held = (await trainer.ListAliasesAsync(cancellation)).Data.FirstOrDefault(known => known.Name == Alias);
        AliasRecord moved = await trainer.MoveAliasAsync(
            Alias,
            new MoveAliasRequest { Adapter = adapter, ExpectedVersion = held?.Version ?? 0, Reason = reason, Actor = session.Caller.Name },
            cancellation);
        aliases.Apply(moved);
        return string.Create(CultureInfo.InvariantCulture, $"{moved.Adapter} serves as '{moved.Name}' now, version {moved.Version}.");
    }

    [KernelFunction(RollBack)]
    [Description("Takes the last promotion back: the adapter before it serves again. Only when the user asks for it.")]
    public async Task<string> RollBackAsync(
        [Description("Why, in the user's words; it is kept.")] string reason, CancellationToken cancellation = default)
    {
        AliasRecord? held = (await trainer.ListAliasesAsync(cancellation)).Data.FirstOrDefault(known => known.Name == Alias);
        if (held is null)
        {
            return $"Nothing was promoted as '{Alias}' yet; there is nothing to take back.";
        }

        AliasRecord moved = await trainer.RollbackAliasAsync(
            Alias,
            new RollbackAliasRequest { ExpectedVersion = held.Version, Reason = reason, Actor = session.Caller.Name },
            cancellation);
        aliases.Apply(moved);
        return string.Create(CultureInfo.InvariantCulture, $"{moved.Adapter} serves as '{moved.Name}' again, version {moved.Version}.");
    }
}
