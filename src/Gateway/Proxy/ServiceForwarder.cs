using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Json;

namespace Ratchet.Gateway.Proxy;

/// <summary>Passes a request to its service and the answer back, both as they come, under the same path.</summary>
public sealed class ServiceForwarder(IHttpClientFactory clients)
{
    // Those of one connection (RFC 9110, 7.6.1), and those that are between the caller and the gateway alone.
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Host", "Cookie", "Set-Cookie", "Authorization", "Origin", "Referer", "Expect",
        "Accept-Encoding", "Server", "Date", "Content-Security-Policy", "X-Content-Type-Options", ServiceKey.Header,
    };

    /// <summary>Forwards the request.</summary>
    /// <param name="http">The caller's request.</param>
    /// <param name="service">One of <see cref="Services"/>.</param>
    /// <param name="bytesMax">Longer bodies are refused with 413.</param>
    /// <param name="onSuccess">Sees the body of a successful answer before the caller does; the answer is then small.</param>
    /// <exception cref="ApiException">The service is away, or the body is too large.</exception>
    public async Task ForwardAsync(HttpContext http, string service, long bytesMax, Action<byte[]>? onSuccess = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        CancellationToken cancellation = http.RequestAborted;
        if (http.Request.ContentLength > bytesMax)
        {
            throw LimitedStream.TooLarge(bytesMax);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        await using var body = new LimitedStream(http.Request.Body, bytesMax);
        using HttpRequestMessage request = Copy(http.Request, service, body);
        HttpClient client = clients.CreateClient(service);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception) when (body.Refusal is not null)
        {
            throw body.Refusal;
        }
        catch (HttpRequestException)
        {
            throw ServiceErrors.Away(service);
        }

        using (response)
        {
            if (onSuccess is not null && response.IsSuccessStatusCode)
            {
                onSuccess(await response.Content.ReadAsByteArrayAsync(cancellation));
            }

            await WriteAsync(http, response, service, cancellation);
        }
    }

    private static HttpRequestMessage Copy(HttpRequest from, string service, LimitedStream body)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(from.Method), $"http://{service}{from.Path.ToUriComponent()}{from.QueryString.ToUriComponent()}");
        bool hasBody = from.ContentLength > 0
            || from.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        if (hasBody)
        {
            request.Content = new StreamContent(body);
        }

        foreach ((string name, var values) in from.Headers)
        {
            if (NotPassedOn.Contains(name) || name.StartsWith(':'))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return request;
    }

    private static async Task WriteAsync(
        HttpContext http, HttpResponseMessage response, string service, CancellationToken cancellation)
    {
        http.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!NotPassedOn.Contains(name))
            {
                http.Response.Headers[name] = values.ToArray();
            }
        }

        if (response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified)
        {
            return;
        }

        bool isEvents = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        if (isEvents)
        {
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 15);
        try
        {
            await using Stream from = await response.Content.ReadAsStreamAsync(cancellation);
            int read;
            while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), cancellation);
                if (isEvents)
                {
                    await http.Response.Body.FlushAsync(cancellation);
                }
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException && !cancellation.IsCancellationRequested)
        {
            await EndBrokenAsync(http, service, isEvents, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The status is long sent: a stream of events can still say what happened, anything else can only break off.
    private static async Task EndBrokenAsync(HttpContext http, string service, bool isEvents, CancellationToken cancellation)
    {
        if (!http.Response.HasStarted)
        {
            http.Response.Clear();
            throw ServiceErrors.Away(service);
        }

        if (!isEvents)
        {
            http.Abort();
            return;
        }

        string error = JsonSerializer.Serialize(ApiErrors.Body(ServiceErrors.Away(service)), RatchetJson.Options);
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: error\ndata: {error}\n\n"), cancellation);
    }
}
