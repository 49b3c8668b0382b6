using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Pages.Cycles;

/// <summary>Cycles: all, one, start, pause, resume, cancel.</summary>
public static class CyclePages
{
    public static void MapCyclePages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder pages = routes.MapGroup("/cycles")
            .ExcludeFromDescription()
            .WithMetadata(new RequiredRole(Role.Reader, Role.Operator));
        pages.MapGet("", async (HttpContext http, TrainerClient trainer, RagClient rag) =>
            PageResult.Of<CyclesPage, CyclesView>(http, await LoadAsync(trainer, rag, http.RequestAborted)));
        pages.MapPost("", StartAsync);
        pages.MapGet("/{id}", async (string id, HttpContext http, TrainerClient trainer) =>
            PageResult.Of<CyclePage, CycleRecord>(http, await trainer.GetCycleAsync(id, http.RequestAborted)));
        pages.MapPost("/{id}/{command}", async (string id, string command, HttpContext http, TrainerClient trainer) =>
        {
            (Task<CycleRecord> call, string done) = command switch
            {
                "pause" => (trainer.PauseCycleAsync(id, http.RequestAborted), "paused"),
                "resume" => (trainer.ResumeCycleAsync(id, http.RequestAborted), "resumed"),
                "cancel" => (trainer.CancelCycleAsync(id, http.RequestAborted), "cancelled"),
                _ => throw ApiException.NotFound("command", command, "A cycle takes pause, resume and cancel."),
            };
            await call;
            return PageResult.Done($"/cycles/{Uri.EscapeDataString(id)}", done);
        });
    }

    private static async Task<IResult> StartAsync(HttpContext http, TrainerClient trainer, RagClient rag)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        string collection = form.Text("collection") ?? "default";
        string? reason = form.Text("reason");
        try
        {
            CycleRecord cycle = await trainer.StartCycleAsync(
                new StartCycleRequest { Collection = collection, Reason = reason }, http.RequestAborted);
            return PageResult.Done($"/cycles/{Uri.EscapeDataString(cycle.Id)}", "cycle");
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            CyclesView view = await LoadAsync(trainer, rag, http.RequestAborted);
            return PageResult.Of<CyclesPage, CyclesView>(
                http, view with { Error = error, Collection = collection, Reason = reason }, error.Status);
        }
    }

    private static async Task<CyclesView> LoadAsync(TrainerClient trainer, RagClient rag, CancellationToken cancellation)
    {
        KnowledgeStats? stats = null;
        try
        {
            stats = await rag.GetStatsAsync(cancellation);
        }
        catch (HttpRequestException)
        {
            // The history is the trainer's; it is shown without the count of what waits.
        }

        ListResponse<CycleRecord> cycles = await trainer.ListCyclesAsync(cancellation);
        return new CyclesView([.. cycles.Data.OrderByDescending(cycle => cycle.CreatedAt)], stats);
    }
}
