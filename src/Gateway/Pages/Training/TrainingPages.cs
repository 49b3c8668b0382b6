using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Models;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Training;

/// <summary>Jobs: all, one, a new one.</summary>
public static class TrainingPages
{
    private const int JobsMax = 100;

    private static readonly Dictionary<string, string> Commands = new()
    {
        ["cancel"] = "cancelled",
        ["pause"] = "paused",
        ["resume"] = "resumed",
    };

    public static void MapTrainingPages(this IEndpointRouteBuilder routes, GatewayOptions options)
    {
        RouteGroupBuilder pages = routes.MapGroup("/training")
            .ExcludeFromDescription()
            .WithMetadata(new RequiredRole(Role.Reader, Role.Operator));
        pages.MapGet("", async (HttpContext http, JobsClient jobs) =>
            PageResult.Of<JobsPage, JobsView>(http, new JobsView(await jobs.ListAsync(JobsMax, http.RequestAborted))));
        pages.MapGet("/new", async (HttpContext http, JobsClient jobs, BaseModel model, string? file, string? suffix) =>
            PageResult.Of<NewJobPage, NewJobView>(
                http,
                await FormAsync(jobs, model, http.RequestAborted) with { Fields = new JobFields(file, suffix) }));
        pages.MapPost("/new", CreateAsync).WithMetadata(new RequestSizeLimitAttribute(options.FileBytesMax));
        pages.MapGet("/{id}", async (string id, HttpContext http, JobsClient jobs) =>
        {
            JobItem job = await jobs.GetAsync(id, http.RequestAborted);
            return PageResult.Of<JobPage, JobPageView>(http, new JobPageView(
                job,
                await jobs.EventsAsync(id, http.RequestAborted),
                await jobs.CheckpointsAsync(id, http.RequestAborted)));
        });
        pages.MapPost("/{id}/{command}", async (string id, string command, HttpContext http, JobsClient jobs) =>
        {
            string done = Commands.GetValueOrDefault(command)
                ?? throw ApiException.NotFound("command", command, "A job takes cancel, pause and resume.");
            await jobs.CommandAsync(id, command, http.RequestAborted);
            return PageResult.Done($"/training/{Uri.EscapeDataString(id)}", done);
        });
    }

    private static async Task<IResult> CreateAsync(HttpContext http, JobsClient jobs, BaseModel model)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        var fields = new JobFields(
            form.Text("file"), form.Text("suffix"), form.Text("epochs"), form.Text("rank"), form.Text("learning_rate"),
            form.Text("batch_size"), form.Text("seed"), form.Text("method"));
        try
        {
            JsonObject request = Request(fields, await model.GetAsync(http.RequestAborted), PageResult.Reader(http));
            if (form.Files.GetFile("upload") is { Length: > 0 } upload)
            {
                await using Stream content = upload.OpenReadStream();
                await using Stream? info = form.Files.GetFile("dataset_info") is { Length: > 0 } sent ? sent.OpenReadStream() : null;
                FileItem file = await jobs.UploadAsync(
                    content, Path.GetFileName(upload.FileName), info, info is null ? null : form.Text("dataset"), http.RequestAborted);
                fields = fields with { File = file.Id };
            }

            request["training_file"] = fields.File
                ?? throw ApiException.BadField("file", PageResult.Reader(http).Say(TrainingStrings.NeedFile));
            JobItem job = await jobs.CreateAsync(request, http.RequestAborted);
            return PageResult.Done($"/training/{Uri.EscapeDataString(job.Id)}", "started");
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            NewJobView view = await FormAsync(jobs, model, http.RequestAborted);
            return PageResult.Of<NewJobPage, NewJobView>(http, view with { Fields = fields, Error = error }, error.Status);
        }
    }

    private static JsonObject Request(JobFields fields, string model, PageContext reader)
    {
        var supervised = new JsonObject();
        Set(supervised, "n_epochs", fields.Epochs, TrainingStrings.Epochs, isWhole: true);
        Set(supervised, "batch_size", fields.BatchSize, TrainingStrings.BatchSize, isWhole: true);
        JobMethod method = JobMethod.Find(fields.Method)
            ?? throw ApiException.BadField("method", reader.Say(TrainingStrings.BadMethod, fields.Method!));
        JsonObject extras = method.MakeExtras();
        Set(extras, "rank", fields.Rank, TrainingStrings.Rank, isWhole: true);
        Set(extras, "learning_rate", fields.LearningRate, TrainingStrings.LearningRate, isWhole: false);
        var request = new JsonObject
        {
            ["model"] = model,
            ["suffix"] = fields.Suffix,
            ["method"] = new JsonObject
            {
                ["type"] = method.Type,
                [method.Type] = new JsonObject { ["hyperparameters"] = supervised },
            },
        };
        Set(request, "seed", fields.Seed, TrainingStrings.Seed, isWhole: true);
        if (extras.Count > 0)
        {
            request["x_ratchet"] = extras;
        }

        return request;

        void Set(JsonObject into, string name, string? typed, Phrase label, bool isWhole)
        {
            if (typed is null || typed == "auto")
            {
                return;
            }

            into[name] = isWhole && long.TryParse(typed, NumberStyles.Integer, CultureInfo.InvariantCulture, out long whole) ? whole
                : !isWhole && double.TryParse(typed, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
                : throw ApiException.BadField(name, reader.Say(TrainingStrings.BadNumber, typed, reader.Say(label)));
        }
    }

    private static async Task<NewJobView> FormAsync(JobsClient jobs, BaseModel model, CancellationToken cancellation) =>
        new(await model.GetAsync(cancellation), await jobs.FilesAsync(cancellation));
}
