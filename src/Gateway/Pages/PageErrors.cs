using System.Text.Json;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Pages;

/// <summary>A person who asked for a page gets a page, also when something goes wrong; programs get OpenAI's error body.</summary>
public sealed class PageErrors(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (!AccessMiddleware.WantsPage(http.Request))
        {
            await next(http);
            return;
        }

        try
        {
            await next(http);
        }
        catch (Exception failure) when (!http.Response.HasStarted && Read(failure) is { } error)
        {
            await PageResult.Of<ErrorPage, ErrorView>(http, error with { Back = Back(http.Request) }, error.Status).ExecuteAsync(http);
            return;
        }

        if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound })
        {
            string text = PageResult.Reader(http).Say(FrameStrings.NotFoundText);
            await PageResult.Of<ErrorPage, ErrorView>(http, new ErrorView(404, text, Back: "/"), 404).ExecuteAsync(http);
        }
    }

    /// <summary>What a person is told of a refusal or an absence; null for what is nobody's to read.</summary>
    public static ErrorView? Read(Exception failure) => failure switch
    {
        ApiException known => new ErrorView(known.Status, known.Message, Lines(known.Details)),
        RagRequestException rag => new ErrorView(rag.Status, rag.Message),
        TrainerException trainer => new ErrorView((int)trainer.Status, trainer.Message),
        ServiceAwayException away => new ErrorView(503, ServiceErrors.Away(away.Service).Message),
        BadHttpRequestException bad => new ErrorView(bad.StatusCode, ApiErrors.Translate(bad).Message),
        _ => null,
    };

    private static List<string>? Lines(object? details)
    {
        if (details is not JsonElement { ValueKind: JsonValueKind.Object } element
            || !element.TryGetProperty("errors", out JsonElement errors) || errors.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        return [.. errors.EnumerateArray().Take(50).Select(item =>
        {
            string? line = item.TryGetProperty("line", out JsonElement number) ? number.ToString() : null;
            string? message = item.TryGetProperty("message", out JsonElement text) ? text.ToString() : item.ToString();
            return line is null ? message! : $"{line}: {message}";
        })];
    }

    private static string Back(HttpRequest request)
    {
        string path = request.Path.Value ?? "/";
        int second = path.IndexOf('/', Math.Min(1, path.Length));
        return second > 0 ? path[..second] : "/";
    }
}
