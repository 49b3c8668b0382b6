using System.Net.Http.Json;
using System.Text.Json;

namespace Ratchet.AppHost;

/// <summary>What people can ask of the trainer from the dashboard: buttons on its row.</summary>
internal sealed class TrainerCommands(EndpointReference trainer, ParameterResource serviceKey)
{
    private const string Alias = "latest";
    private const string KeyHeader = "X-Ratchet-Key";
    private const string Actor = "dashboard";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(5) };

    public static void AddTo(IResourceBuilder<ProjectResource> trainer, ParameterResource serviceKey, string collection)
    {
        var commands = new TrainerCommands(trainer.GetEndpoint("http"), serviceKey);
        trainer
            .WithHttpCommand("/v1/cycles", "Start cycle", commandName: "start-cycle", commandOptions: new HttpCommandOptions
            {
                Description = $"Seals the approved examples of '{collection}', trains on them, and promotes the result if it is better.",
                IconName = "ArrowSync",
                IsHighlighted = true,
                PrepareRequest = async context =>
                {
                    context.Request.Headers.Add(KeyHeader, await serviceKey.GetValueAsync(context.CancellationToken));
                    context.Request.Content = JsonContent.Create(new { collection, reason = "Asked for on the dashboard." });
                },
                GetCommandResult = async context => await ResultAsync(context.Response, context.CancellationToken),
            })
            .WithCommand("pause-cycle", "Pause cycle", context => commands.ChangeCycleAsync("running", "pause", context.CancellationToken), Button(
                "Pause", "Stops the running cycle at its next checkpoint; it goes on from there."))
            .WithCommand("resume-cycle", "Resume cycle", context => commands.ChangeCycleAsync("paused", "resume", context.CancellationToken), Button(
                "Play", "Lets the paused cycle go on."))
            .WithCommand("promote", "Promote newest", context => commands.PromoteAsync(context.CancellationToken), Button(
                "ArrowUp", "Lets the newest adapter serve, whatever the gate has said.",
                "Chats that name no adapter will be answered by the newest one from now on. Go on?"))
            .WithCommand("roll-back", "Roll back", context => commands.RollBackAsync(context.CancellationToken), Button(
                "ArrowUndo", "Lets the adapter before this one serve again.",
                "Chats that name no adapter will be answered by the generation before this one. Go on?"));
    }

    private static CommandOptions Button(string icon, string description, string? confirmation = null) => new()
    {
        Description = description,
        IconName = icon,
        ConfirmationMessage = confirmation,
        UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
            ? ResourceCommandState.Enabled
            : ResourceCommandState.Disabled,
    };

    private async Task<ExecuteCommandResult> ChangeCycleAsync(string status, string verb, CancellationToken cancellationToken)
    {
        JsonElement cycles = await GetAsync("v1/cycles?limit=100", cancellationToken);
        string? id = cycles.GetProperty("data").EnumerateArray()
            .Where(cycle => cycle.GetProperty("status").ValueEquals(status))
            .Select(cycle => cycle.GetProperty("id").GetString())
            .FirstOrDefault();
        return id is null
            ? CommandResults.Failure($"No cycle is {status}, so there is none to {verb}.")
            : await SendAsync(HttpMethod.Post, $"v1/cycles/{id}/{verb}", body: null, cancellationToken);
    }

    private async Task<ExecuteCommandResult> PromoteAsync(CancellationToken cancellationToken)
    {
        JsonElement adapters = await GetAsync("v1/adapters?limit=1000", cancellationToken);
        string? newest = adapters.GetProperty("data").EnumerateArray()
            .OrderByDescending(adapter => adapter.GetProperty("created_at").GetInt64())
            .Select(adapter => adapter.GetProperty("id").GetString())
            .FirstOrDefault();
        if (newest is null)
        {
            return CommandResults.Failure("There is no adapter yet. Start a cycle, or train one.");
        }

        (string? serving, long version) = await AliasAsync(cancellationToken);
        return serving == newest
            ? CommandResults.Failure($"'{newest}' is the newest adapter, and it serves already.")
            : await SendAsync(
                HttpMethod.Put, $"v1/aliases/{Alias}",
                new { adapter = newest, expected_version = version, reason = "Promoted on the dashboard.", actor = Actor }, cancellationToken);
    }

    private async Task<ExecuteCommandResult> RollBackAsync(CancellationToken cancellationToken)
    {
        (string? serving, long version) = await AliasAsync(cancellationToken);
        return serving is null
            ? CommandResults.Failure("Nothing has been promoted yet, so there is nothing to take back.")
            : await SendAsync(
                HttpMethod.Post, $"v1/aliases/{Alias}/rollback",
                new { expected_version = version, reason = "Rolled back on the dashboard.", actor = Actor }, cancellationToken);
    }

    private async Task<(string? Adapter, long Version)> AliasAsync(CancellationToken cancellationToken)
    {
        JsonElement aliases = await GetAsync("v1/aliases", cancellationToken);
        foreach (JsonElement alias in aliases.GetProperty("data").EnumerateArray())
        {
            if (alias.GetProperty("name").ValueEquals(Alias))
            {
                return (alias.GetProperty("adapter").GetString(), alias.GetProperty("version").GetInt64());
            }
        }

        return (null, 0);
    }

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = await RequestAsync(HttpMethod.Get, path, cancellationToken);
        using HttpResponseMessage response = await Http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    private async Task<ExecuteCommandResult> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = await RequestAsync(method, path, cancellationToken);
        request.Content = body is null ? null : JsonContent.Create(body);
        using HttpResponseMessage response = await Http.SendAsync(request, cancellationToken);
        return await ResultAsync(response, cancellationToken);
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, new Uri(new Uri(trainer.Url), path));
        request.Headers.Add(KeyHeader, await serviceKey.GetValueAsync(cancellationToken));
        return request;
    }

    // The trainer says what was wrong in OpenAI's form; a person wants that sentence, not a status code.
    private static async Task<ExecuteCommandResult> ResultAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return CommandResults.Success();
        }

        string text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return CommandResults.Failure(JsonElement.Parse(text).GetProperty("error").GetProperty("message").GetString());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return CommandResults.Failure($"The trainer answered {(int)response.StatusCode}: {text}");
        }
    }
}
