using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Ratchet.Web.Components.Pages;

/// <summary>Serves stylesheet, modules and pictures that an assembly carries as resources named asset:NAME.</summary>
public static class EmbeddedAssets
{
    private const string Prefix = "asset:";

    /// <summary>Maps GET /assets/NAME for the shared assets and those of the given assemblies.</summary>
    public static void MapEmbeddedAssets(this IEndpointRouteBuilder routes, params Assembly[] assemblies)
    {
        foreach (Assembly assembly in assemblies.Prepend(typeof(EmbeddedAssets).Assembly))
        {
            foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
            {
                byte[] content = Read(assembly, name);
                var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
                string type = ContentType(name);
                routes.MapGet("/assets/" + name[Prefix.Length..].Replace('\\', '/'), (HttpContext http) =>
                {
                    // Revalidated each time: a new version is seen at once, an old one costs one empty answer.
                    http.Response.Headers.CacheControl = "no-cache";
                    http.Response.Headers.XContentTypeOptions = "nosniff";
                    return TypedResults.Bytes(content, type, entityTag: tag);
                }).ExcludeFromDescription();
            }
        }
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string ContentType(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        _ => "application/octet-stream",
    };
}
