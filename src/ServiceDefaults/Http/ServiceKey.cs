using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>The key that the host makes at each start and gives to all services; calls between them carry it.</summary>
public static class ServiceKey
{
    /// <summary>Request header that carries the key.</summary>
    public const string Header = "X-Ratchet-Key";

    /// <summary>Configuration key; where it is empty (a service started alone), no key is asked for.</summary>
    public const string Setting = "Ratchet:ServiceKey";

    /// <summary>Refuses requests without the key, health apart.</summary>
    internal static void UseServiceKey(this WebApplication app)
    {
        string? key = app.Configuration[Setting];
        if (string.IsNullOrEmpty(key))
        {
            return;
        }

        byte[] expected = Encoding.UTF8.GetBytes(key);
        app.Use(async (context, next) =>
        {
            byte[] given = Encoding.UTF8.GetBytes(context.Request.Headers[Header].ToString());
            if (context.Request.Path.Value is "/health" or "/alive"
                || CryptographicOperations.FixedTimeEquals(expected, given))
            {
                await next(context);
                return;
            }

            await ApiErrors.WriteAsync(context, new ApiException(
                401,
                "service_key_required",
                $"This service answers only its own host's services: the header {Header} is missing or wrong. Send the request "
                + "to the gateway instead."));
        });
    }
}
