using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting.Dashboard;

/// <summary>Takes in what services export (OTLP over HTTP) and counts it.</summary>
internal sealed class TelemetryIntake
{
    private const int BytesMax = 16 * 1024 * 1024;

    private long _deliveryCount;
    private long _byteCount;

    public long DeliveryCount => Interlocked.Read(ref _deliveryCount);

    public long ByteCount => Interlocked.Read(ref _byteCount);

    public async Task<IResult> TakeAsync(HttpRequest request)
    {
        if (request.ContentLength > BytesMax)
        {
            return TypedResults.StatusCode(StatusCodes.Status413PayloadTooLarge);
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        Interlocked.Increment(ref _deliveryCount);
        Interlocked.Add(ref _byteCount, body.Length);

        // An empty message means in protobuf: everything was accepted.
        return TypedResults.Bytes([], "application/x-protobuf");
    }
}
