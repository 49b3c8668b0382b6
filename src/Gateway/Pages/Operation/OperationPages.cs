using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Models;

namespace Ratchet.Gateway.Pages.Operation;

/// <summary>The system page, and the login where keys are required.</summary>
public static class OperationPages
{
    private static readonly TimeSpan LoginKept = TimeSpan.FromDays(30);

    public static void MapOperationPages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder pages = routes.MapGroup("").ExcludeFromDescription();
        pages.MapGet("/system", SystemAsync).WithMetadata(new RequiredRole(Role.Reader, Role.Reader));
        pages.MapGet(AccessMiddleware.LoginPath, (HttpContext http, string? to) =>
            PageResult.Of<LoginPage, LoginView>(http, new LoginView(Local(to))));
        pages.MapPost(AccessMiddleware.LoginPath, LoginAsync);
    }

    private static async Task<IResult> SystemAsync(
        HttpContext http, ServiceMonitor monitor, KeyRing keys, ModelCatalog models, BaseModel baseModel, IOptions<GatewayOptions> options,
        TimeProvider clock)
    {
        using var self = Process.GetCurrentProcess();
        return PageResult.Of<SystemPage, SystemView>(http, new SystemView
        {
            Services = monitor.States,
            Version = typeof(OperationPages).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            BaseModel = baseModel.Name,
            Runtime = RuntimeInformation.FrameworkDescription,
            Machine = RuntimeInformation.OSDescription,
            CoreCount = Environment.ProcessorCount,
            MemoryBytes = self.WorkingSet64,
            Uptime = clock.GetUtcNow() - self.StartTime.ToUniversalTime(),
            KeysRequired = keys.IsRequired,
            KeyCount = options.Value.Keys.Count,
            Options = options.Value,
            ApiAddress = $"{http.Request.Scheme}://{http.Request.Host}/v1",
            Models = [.. (await models.ListAsync(http.RequestAborted)).Select(card => card.Id)],
        });
    }

    private static async Task<IResult> LoginAsync(HttpContext http, KeyRing keys)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        string to = Local(form["to"]);
        string? key = form.Text("key");
        if (keys.Find(key) is null)
        {
            return PageResult.Of<LoginPage, LoginView>(http, new LoginView(to, IsWrong: true), StatusCodes.Status401Unauthorized);
        }

        http.Response.Cookies.Append(KeyRing.Cookie, key!, new CookieOptions
        {
            HttpOnly = true,
            Secure = http.Request.IsHttps,
            SameSite = SameSiteMode.Strict,
            MaxAge = LoginKept,
            Path = "/",
        });
        return TypedResults.LocalRedirect(to);
    }

    // Only a path of ours: an address of another site would make the login a way to send people there.
    private static string Local(string? path) =>
        path is ['/', ..] && path is not (['/', '/', ..] or ['/', '\\', ..]) ? path : "/";
}
