using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Json;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Makes a creating endpoint answer a repeated Idempotency-Key with what it answered the first time.</summary>
public static class IdempotencyFilter
{
    private const string Header = "Idempotency-Key";
    private const int KeyLengthMax = 255;

    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Running = new();

    /// <summary>For endpoints whose arguments are bound from JSON or the route; needs an <see cref="IdempotencyStore"/>.</summary>
    public static TBuilder WithIdempotencyKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.AddEndpointFilter(InvokeAsync);

    private static async ValueTask<object?> InvokeAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        string given = http.Request.Headers[Header].ToString();
        if (given.Length == 0)
        {
            return await next(context);
        }

        if (given.Length > KeyLengthMax)
        {
            throw new ApiException(
                400,
                "invalid_idempotency_key",
                $"{Header} has {given.Length} characters; at most {KeyLengthMax} are taken. Send a shorter one.");
        }

        var store = http.RequestServices.GetRequiredService<IdempotencyStore>();
        string key = $"{http.Request.Method} {http.Request.Path} {given}";
        string hash = HashOf(context);
        SemaphoreSlim turn = Running.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(http.RequestAborted);
        try
        {
            if (store.Find(key) is { } stored)
            {
                return stored.RequestHash == hash
                    ? Results.Text(Encoding.UTF8.GetString(stored.Body), stored.ContentType, null, (int)stored.Status)
                    : throw new ApiException(
                        409,
                        "idempotency_key_reused",
                        $"{Header} '{given}' was used for another request. Use a new key for a new request.");
            }

            object? result = await next(context);
            Keep(store, key, hash, result);
            return result;
        }
        finally
        {
            turn.Release();
            Running.TryRemove(key, out _);
        }
    }

    private static void Keep(IdempotencyStore store, string key, string hash, object? result)
    {
        object? inner = result is INestedHttpResult nested ? nested.Result : result;
        object? value = inner is IValueHttpResult carrier ? carrier.Value : inner;
        int status = (inner as IStatusCodeHttpResult)?.StatusCode ?? 200;
        if (value is null or IResult || status is < 200 or >= 300)
        {
            return;
        }

        store.Keep(key, new StoredAnswer
        {
            RequestHash = hash,
            Status = status,
            ContentType = "application/json",
            Body = JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), RatchetJson.Options),
        });
    }

    // Arguments that came from the request are records or plain values; services and the context are neither.
    private static string HashOf(EndpointFilterInvocationContext context)
    {
        var text = new StringBuilder(context.HttpContext.Request.QueryString.Value);
        foreach (object? argument in context.Arguments)
        {
            if (argument is IFormFile file)
            {
                text.Append('|').Append(file.FileName).Append(':').Append(file.Length);
            }
            else if (argument is string or JsonElement or JsonDocument
                || argument?.GetType().GetMethod("<Clone>$") is not null)
            {
                text.Append('|').Append(JsonSerializer.Serialize(argument, argument.GetType(), RatchetJson.Options));
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
