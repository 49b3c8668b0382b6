using System.Buffers.Binary;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>OTLP over gRPC: the three unary Export methods, without a gRPC library.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: one frame in, one frame out, the status as a trailer.</remarks>
internal sealed class OtlpGrpc(OtlpIntake intake)
{
    private const int HeadLength = 5;

    // Codes of gRPC.
    private const int Ok = 0;
    private const int InvalidArgument = 3;
    private const int ResourceExhausted = 8;
    private const int Unimplemented = 12;
    private const int Unauthenticated = 16;

    // A frame without flags that holds an empty message: everything was accepted.
    private static readonly byte[] EmptyFrame = new byte[HeadLength];

    public static string PathOf(OtlpSignal signal) => signal switch
    {
        OtlpSignal.Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        OtlpSignal.Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        _ => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    };

    public static bool IsCall(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    public static Task RefuseKeyAsync(HttpContext http) =>
        EndAsync(http, Unauthenticated, "The header x-otlp-api-key is missing or wrong; the host gives it to services in OTEL_EXPORTER_OTLP_HEADERS.");

    public async Task TakeAsync(OtlpSignal signal, HttpContext http)
    {
        (int code, string message) = await TryTakeAsync(signal, http);
        await EndAsync(http, code, message);
    }

    private static async Task EndAsync(HttpContext http, int code, string message)
    {
        http.Response.ContentType = "application/grpc";
        if (http.Features.Get<IHttpResponseTrailersFeature>() is null)
        {
            http.Response.StatusCode = StatusCodes.Status505HttpVersionNotsupported;
            return;
        }

        http.Response.AppendTrailer("grpc-status", code.ToString(CultureInfo.InvariantCulture));
        if (code == Ok)
        {
            await http.Response.Body.WriteAsync(EmptyFrame, http.RequestAborted);
        }
        else
        {
            http.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(message));
        }
    }

    private async Task<(int Code, string Message)> TryTakeAsync(OtlpSignal signal, HttpContext http)
    {
        CancellationToken aborted = http.RequestAborted;
        try
        {
            using OtlpBody? body = await OtlpBody.ReadAsync(http.Request.Body, http.Request.ContentLength, aborted);
            if (body is null)
            {
                return TooLarge();
            }

            ReadOnlyMemory<byte> frame = body.Memory;
            if (frame.Length < HeadLength)
            {
                throw OtlpFormatException.BadFrame($"A body of {frame.Length} bytes");
            }

            byte flags = frame.Span[0];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(frame.Span[1..]);
            if (flags > 1 || length != frame.Length - HeadLength)
            {
                throw OtlpFormatException.BadFrame($"A frame with flag {flags} and length {length} in a body of {frame.Length} bytes");
            }

            if (flags == 0)
            {
                intake.Take(signal, frame.Span[HeadLength..]);
                return (Ok, "");
            }

            string encoding = http.Request.Headers["grpc-encoding"].ToString();
            if (encoding != "gzip")
            {
                return (Unimplemented, $"grpc-encoding '{encoding}' was found; gzip or none is needed.");
            }

            using var packed = new MemoryStream(frame[HeadLength..].ToArray(), writable: false);
            using OtlpBody? unpacked = await OtlpBody.UnzipAsync(packed, aborted);
            if (unpacked is null)
            {
                return TooLarge();
            }

            intake.Take(signal, unpacked.Span);
            return (Ok, "");
        }
        catch (OtlpFormatException e)
        {
            return (InvalidArgument, e.Message);
        }
        catch (InvalidDataException e)
        {
            return (InvalidArgument, $"The frame is announced as gzip and is none: {e.Message}");
        }
    }

    private static (int Code, string Message) TooLarge() =>
        (ResourceExhausted, $"A delivery of more than {OtlpBody.BytesMax} bytes was found; send smaller batches.");
}
