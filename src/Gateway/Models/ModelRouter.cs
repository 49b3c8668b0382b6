using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Aliases;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Models;

/// <summary>From what a request calls a model to the exact id that serves it.</summary>
public sealed class ModelRouter(AliasTable aliases, BaseModel baseModel, IOptions<GatewayOptions> options)
{
    public const string Auto = "auto";
    public const string Base = "base";
    private const string ExactPrefix = "ft:";

    /// <summary>Resolves a name once; an alias that moves afterwards does not concern this request.</summary>
    /// <exception cref="ApiException">404: nothing goes by that name.</exception>
    public async ValueTask<ResolvedModel> ResolveAsync(string? name, CancellationToken cancellation)
    {
        string baseName = await baseModel.GetAsync(cancellation);
        var plain = new ResolvedModel(baseName, null, null);
        switch (name)
        {
            case null or "" or Auto:
                return aliases.Find(options.Value.Alias) is { } latest ? Held(latest, plain) : plain;
            case Base:
                return plain;
            default:
                if (aliases.Find(name) is { } alias)
                {
                    return Held(alias, plain);
                }

                return name.StartsWith(ExactPrefix, StringComparison.Ordinal) ? new ResolvedModel(name, name, null)
                    : name == baseName ? plain
                    : throw NotFound(name);
        }
    }

    // After a rollback past the first generation an alias holds the base itself.
    private static ResolvedModel Held(AliasRecord alias, ResolvedModel plain) =>
        alias.Adapter == plain.Id || !alias.Adapter.StartsWith(ExactPrefix, StringComparison.Ordinal)
            ? plain with { Alias = alias.Name }
            : new ResolvedModel(alias.Adapter, alias.Adapter, alias.Name);

    private ApiException NotFound(string name)
    {
        string known = aliases.All.Count == 0 ? "there is no alias yet" : $"aliases are {string.Join(", ", aliases.All.Keys)}";
        return new ApiException(
            404, "model_not_found",
            $"There is no model '{name}'. Use auto, base, an alias ({known}) or an exact id that begins with ft:; GET /v1/models lists them.",
            "model");
    }
}
