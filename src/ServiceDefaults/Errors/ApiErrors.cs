using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.ServiceDefaults.Json;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Errors;

/// <summary>Turns everything that goes wrong in a request into OpenAI's error body.</summary>
public static partial class ApiErrors
{
    internal static IServiceCollection AddApiErrors(this IServiceCollection services)
    {
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return services;
    }

    internal static void UseApiErrors(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = HandleAsync,
            // HandleAsync logs what needs a log, once.
            SuppressDiagnosticsCallback = _ => true,
        });
        app.UseStatusCodePages(context => WriteBareStatusAsync(context.HttpContext));
    }

    /// <summary>Writes the error body for an exception; used where a response has to be written by hand.</summary>
    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter =
                ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return context.Response.WriteAsJsonAsync(Body(error), RatchetJson.Options, context.RequestAborted);
    }

    /// <summary>The error as it stands in a body, or in an event of a stream that has already begun.</summary>
    public static object Body(ApiException error) => new
    {
        Error = new Dictionary<string, string?>
        {
            ["message"] = error.Message,
            ["type"] = TypeOf(error.Status),
            ["param"] = error.Param,
            ["code"] = error.Code,
        },
        XRatchet = error.Details,
    };

    /// <summary>What the client is told about any exception; internals stay in the log.</summary>
    public static ApiException Translate(Exception exception) => exception switch
    {
        ApiException known => known,
        BadHttpRequestException { InnerException: JsonException json } => FromJson(json),
        JsonException json => FromJson(json),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new ApiException(
            413, "request_too_large", "The request's body is larger than this route takes. Send a smaller one, or in parts."),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, "invalid_request", bad.Message),
        InvalidDataException data => new ApiException(
            400, "invalid_request", $"The form could not be read: {data.Message} Send multipart/form-data within the limits."),
        OperationCanceledException => new ApiException(
            499, "cancelled", "The request was cancelled before it was answered."),
        _ when FullDisk.IsReason(exception) => new ApiException(
            507, "disk_full",
            "The disk that holds this service's data (the folder of Ratchet:Data) is full, so nothing of this request was kept; what was "
            + "acknowledged before is safe. Free some space and send it again."),
        _ => new ApiException(
            500, "internal_error", "The service failed to answer this request; its log says why. Nothing was lost: try again."),
    };

    private static ApiException FromJson(JsonException json)
    {
        string? param = json.Path?.TrimStart('$').TrimStart('.');
        string place = json.LineNumber is { } line
            ? $" at line {line + 1}, byte {json.BytePositionInLine + 1}"
            : "";
        string what = json.Message.Split(" Path:", 2)[0];
        return new ApiException(
            400,
            "invalid_json",
            $"The body could not be read as JSON of this request{place}: {what} Correct the body and send it again.",
            string.IsNullOrEmpty(param) ? null : param);
    }

    private static async Task HandleAsync(HttpContext context)
    {
        Exception? exception = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (exception is null)
        {
            return;
        }

        ApiException error = Translate(exception);
        if (error.Status >= 500 && exception is not ApiException)
        {
            ILogger logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Ratchet.Errors");
            LogFailure(logger, exception, context.Request.Method, context.Request.Path);
        }

        await WriteAsync(context, error);
    }

    private static Task WriteBareStatusAsync(HttpContext context)
    {
        int status = context.Response.StatusCode;
        string method = context.Request.Method;
        string path = context.Request.Path;
        ApiException error = status switch
        {
            401 => new ApiException(401, "unauthorized", "This service wants a key, and the request carries none that it knows."),
            404 => new ApiException(
                404, "unknown_route", $"There is nothing at {method} {path}. See /openapi/v1.json for what there is."),
            405 => new ApiException(
                405, "method_not_allowed",
                $"{path} does not take {method}; it takes {context.Response.Headers.Allow}."),
            415 => new ApiException(
                415, "unsupported_media_type",
                $"{path} cannot read '{context.Request.ContentType ?? "a body without a content type"}'. Send application/json "
                + "or, for files, multipart/form-data."),
            _ => new ApiException(status, "error", $"The request ended with status {status}."),
        };
        return WriteAsync(context, error);
    }

    private static string TypeOf(int status) => status switch
    {
        401 or 403 => "authentication_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception exception, string method, string path);
}
