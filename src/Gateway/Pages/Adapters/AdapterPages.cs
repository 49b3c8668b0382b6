using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Models;

namespace Ratchet.Gateway.Pages.Adapters;

/// <summary>Generations of adapters: all, one, its exports, promote, roll back.</summary>
public static class AdapterPages
{
    private static readonly ExportRequest DefaultExport = new() { Format = ExportsView.Formats[0].Name };

    public static void MapAdapterPages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder pages = routes.MapGroup("/adapters")
            .ExcludeFromDescription()
            .WithMetadata(new RequiredRole(Role.Reader, Role.Operator));
        pages.MapGet("", async (HttpContext http, TrainerClient trainer, IOptions<GatewayOptions> options) =>
        {
            Task<ListResponse<AliasRecord>> aliases = trainer.ListAliasesAsync(http.RequestAborted);
            ListResponse<AdapterRecord> adapters = await trainer.ListAdaptersAsync(http.RequestAborted);
            return PageResult.Of<AdaptersPage, AdaptersView>(http, new AdaptersView(
                [.. adapters.Data.OrderByDescending(adapter => adapter.CreatedAt)], (await aliases).Data, options.Value.Alias));
        });
        pages.MapPost("/promote/{alias}", async (string alias, HttpContext http, TrainerClient trainer, AliasTable table) =>
        {
            IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
            string adapter = form["adapter"].ToString();
            table.Apply(await trainer.MoveAliasAsync(
                alias,
                new MoveAliasRequest
                {
                    Adapter = adapter,
                    ExpectedVersion = Version(form),
                    Reason = form.Text("reason"),
                    Actor = Caller.Of(http).Name,
                },
                http.RequestAborted));
            return PageResult.Done($"/adapters/{adapter}", "promoted");
        });
        pages.MapPost("/rollback/{alias}", async (string alias, HttpContext http, TrainerClient trainer, AliasTable table) =>
        {
            IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
            table.Apply(await trainer.RollbackAliasAsync(
                alias,
                new RollbackAliasRequest
                {
                    ExpectedVersion = Version(form),
                    Reason = form.Text("reason"),
                    Actor = Caller.Of(http).Name,
                },
                http.RequestAborted));
            return PageResult.Done("/adapters", "rolledback");
        });
        pages.MapGet("/{id}/exports", async (string id, HttpContext http, TrainerClient trainer) =>
            PageResult.Of<ExportsPage, ExportsView>(http, await ExportsAsync(trainer, id, DefaultExport, http.RequestAborted)));
        pages.MapPost("/{id}/exports", ExportAsync);
        pages.MapGet("/{id}", async (
            string id, HttpContext http, TrainerClient trainer, AliasTable table, ShownModels models, IOptions<GatewayOptions> options) =>
        {
            Task<string?> modelfile = models.FindModelfileAsync(id, http.RequestAborted);
            AdapterRecord adapter = await trainer.GetAdapterAsync(id, http.RequestAborted);
            return PageResult.Of<AdapterPage, AdapterView>(http, new AdapterView(
                adapter, await EvaluationAsync(trainer, id, http.RequestAborted), table.Find(options.Value.Alias), options.Value.Alias, await modelfile));
        });
    }

    private static async Task<IResult> ExportAsync(string id, HttpContext http, TrainerClient trainer)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        var wanted = new ExportRequest { Format = form.Text("format") ?? "", Type = form.Text("type"), System = form.Text("system") };
        try
        {
            await trainer.ExportAsync(id, wanted, http.RequestAborted);
            return PageResult.Done($"/adapters/{id}/exports", "export");
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            ExportsView view = await ExportsAsync(trainer, id, wanted, http.RequestAborted);
            return PageResult.Of<ExportsPage, ExportsView>(http, view with { Error = error }, error.Status);
        }
    }

    private static async Task<ExportsView> ExportsAsync(TrainerClient trainer, string id, ExportRequest fields, CancellationToken cancellation)
    {
        AdapterRecord adapter = await trainer.GetAdapterAsync(id, cancellation);
        return new ExportsView(adapter, (await trainer.ListExportsAsync(id, cancellation)).Data, fields);
    }

    private static async Task<EvaluationReport?> EvaluationAsync(TrainerClient trainer, string id, CancellationToken cancellation)
    {
        try
        {
            return await trainer.GetEvaluationAsync(id, cancellation);
        }
        catch (TrainerException none) when (none.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static long Version(IFormCollection form) =>
        long.TryParse(form["expected_version"], NumberStyles.Integer, CultureInfo.InvariantCulture, out long version) ? version : 0;
}
