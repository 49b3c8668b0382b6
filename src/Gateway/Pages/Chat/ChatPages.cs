using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Feedback;
using Ratchet.Gateway.Records;

namespace Ratchet.Gateway.Pages.Chat;

/// <summary>The chat page and what it posts.</summary>
public static class ChatPages
{
    private const int TokensMax = 256;
    private const int PurgedIdsMax = 500;

    public static void MapChatPages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder pages = routes.MapGroup("").ExcludeFromDescription().WithMetadata(new RequiredRole(Role.Reader, Role.Reader));
        pages.MapGet("/", async (HttpContext http, ChatChoices choices, string? model) => PageResult.Of<ChatPage, ChatView>(
            http, await choices.GetAsync(http.RequestAborted) with { Model = model ?? "auto" }));
        pages.MapPost("/", AnswerAsync);
        pages.MapPost("/feedback", FeedbackAsync);
        pages.MapPost("/ui/purged", (string[] ids, ChatStore chats) => chats.Purged([.. ids.Take(PurgedIdsMax)]));
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, ChatChoices choices, ChatPipeline pipeline, TimeProvider clock)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        ChatView view = (await choices.GetAsync(http.RequestAborted)) with
        {
            Model = form.Text("model") ?? "auto",
            Retrieval = form.ContainsKey("retrieval"),
            Collection = form.Text("collection"),
            Question = form.Text("question") ?? "",
            Turns = [.. form["role"].Zip(form["text"], (role, text) => new TurnView(role ?? "user", text ?? ""))],
        };
        try
        {
            var request = new ChatCompletionRequest
            {
                Model = view.Model,
                MaxCompletionTokens = TokensMax,
                Retrieval = !view.Retrieval ? JsonSerializer.SerializeToElement(false)
                    : view.Collection is null ? null
                    : JsonSerializer.SerializeToElement(new { collection = view.Collection }),
                Messages = [.. view.Turns.Select(turn => ChatMessage.FromText(turn.Role, turn.Text)), ChatMessage.FromText("user", view.Question)],
            };
            long started = Stopwatch.GetTimestamp();
            await using var turn = new ChatTurn(request, Caller.Of(http), $"{http.Request.Scheme}://{http.Request.Host}", clock.GetUtcNow());
            await pipeline.RunAsync(turn, http.RequestAborted);
            JsonObject completion = turn.Completion!;
            return PageResult.Of<ChatPage, ChatView>(http, view with
            {
                Question = "",
                Turns =
                [
                    .. view.Turns,
                    new TurnView("user", view.Question),
                    new TurnView("assistant", (string?)completion["choices"]?[0]?["message"]?["content"] ?? "")
                    {
                        ChatId = (string?)completion["id"],
                        Model = turn.Model!.Id,
                        Trace = turn.Trace(),
                        Took = Stopwatch.GetElapsedTime(started),
                    },
                ],
            });
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            return PageResult.Of<ChatPage, ChatView>(http, view with { Error = error }, error.Status);
        }
    }

    private static async Task<IResult> FeedbackAsync(HttpContext http, FeedbackDesk desk)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        JsonElement? rating = form.Text("rating") is { } word ? JsonSerializer.SerializeToElement(word, WireJson.Options) : null;
        await desk.TakeAsync(
            new FeedbackInput(form.Text("chat_id"), Rating: rating, Correction: form.Text("correction")),
            Caller.Of(http), null, http.RequestAborted);
        return PageResult.Done("/", "feedback");
    }
}

/// <summary>What can be chosen on the chat page; what cannot be asked for now is left out.</summary>
public sealed class ChatChoices(AliasTable aliases, TrainerClient trainer, RagClient rag)
{
    public async Task<ChatView> GetAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        Task<IReadOnlyList<string>> adapters = AskAsync(async token =>
            (IReadOnlyList<string>)[.. (await trainer.ListAdaptersAsync(token)).Data.Take(50).Select(adapter => adapter.Id)], limit.Token);
        Task<IReadOnlyList<CollectionRecord>> collections = AskAsync(async token =>
            (await rag.GetCollectionsAsync(token)).Data, limit.Token);
        return new ChatView
        {
            Aliases = [.. aliases.All.Values.OrderBy(alias => alias.Name, StringComparer.Ordinal)],
            Adapters = await adapters,
            Collections = await collections,
        };
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(
        Func<CancellationToken, Task<IReadOnlyList<T>>> ask, CancellationToken limit)
    {
        try
        {
            return await ask(limit);
        }
        catch (Exception failure) when (failure is HttpRequestException or TrainerException or OperationCanceledException or JsonException)
        {
            return [];
        }
    }
}
