using Ratchet.Contracts.Trainer;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Adapters;

/// <summary>All generations and who holds which alias.</summary>
public sealed record AdaptersView(IReadOnlyList<AdapterRecord> Adapters, IReadOnlyList<AliasRecord> Aliases, string MainAlias)
{
    public static Phrase VerdictWord(string? verdict) => verdict switch
    {
        "promote" => AdapterStrings.Promote,
        "reject" => AdapterStrings.Reject,
        "inconclusive" => AdapterStrings.Inconclusive,
        _ => AdapterStrings.NotEvaluated,
    };

    public static string? VerdictClass(string? verdict) => verdict switch
    {
        "promote" => "good",
        "reject" => "bad",
        "inconclusive" => "warn",
        _ => null,
    };

    public static string VerdictSign(string? verdict) => verdict switch { "promote" => "▲", "reject" => "▼", "inconclusive" => "≈", _ => "·" };
}

/// <summary>One generation, what the gate saw of it, the alias it could move to, and its Modelfile while it is loaded.</summary>
public sealed record AdapterView(AdapterRecord Adapter, EvaluationReport? Evaluation, AliasRecord? Alias, string MainAlias, string? Modelfile)
{
    public bool IsServing => Alias?.Adapter == Adapter.Id;
}
