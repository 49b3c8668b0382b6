using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>OTLP over HTTP: POST /v1/traces, /v1/metrics and /v1/logs with protobuf bodies, plain or gzip.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otlp/#otlphttp.</remarks>
internal sealed class OtlpHttp(OtlpIntake intake)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public async Task<IResult> TakeAsync(OtlpSignal signal, HttpRequest request)
    {
        string? type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value : null;
        bool isJson = string.Equals(type, Json, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !string.Equals(type, Protobuf, StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(
                StatusCodes.Status415UnsupportedMediaType, $"Content type '{request.ContentType}' was found; {Protobuf} or {Json} is needed.");
        }

        string encoding = request.Headers.ContentEncoding.ToString();
        bool isZipped = string.Equals(encoding, "gzip", StringComparison.OrdinalIgnoreCase);
        if (!isZipped && encoding.Length > 0 && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            return Refuse(
                StatusCodes.Status415UnsupportedMediaType, $"Content encoding '{encoding}' was found; gzip or none is needed.");
        }

        CancellationToken aborted = request.HttpContext.RequestAborted;
        try
        {
            using OtlpBody? body = isZipped
                ? await OtlpBody.UnzipAsync(request.Body, aborted)
                : await OtlpBody.ReadAsync(request.Body, request.ContentLength, aborted);
            if (body is null)
            {
                return Refuse(
                    StatusCodes.Status413PayloadTooLarge,
                    $"A delivery of more than {OtlpBody.BytesMax} bytes was found; send smaller batches.");
            }

            if (isJson)
            {
                // Written over as protobuf first: then there is one reader with one set of limits.
                intake.Take(signal, OtlpJsonReader.ToProtobuf(signal, body.Memory));
                return TypedResults.Text("{}", Json);
            }

            intake.Take(signal, body.Span);

            // An empty message means in protobuf: everything was accepted.
            return TypedResults.Bytes([], Protobuf);
        }
        catch (OtlpFormatException e)
        {
            return Refuse(StatusCodes.Status400BadRequest, e.Message);
        }
        catch (InvalidDataException e)
        {
            return Refuse(StatusCodes.Status400BadRequest, $"The body is announced as gzip and is none: {e.Message}");
        }
    }

    private static ContentHttpResult Refuse(int status, string message) => TypedResults.Text(message, "text/plain", statusCode: status);
}
