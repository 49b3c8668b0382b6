using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.Web.Components.Pages;

namespace Ratchet.Web.Components.Tests;

/// <summary>Renders a component as the server does, inside a reader's context, and parses it as a browser does.</summary>
internal static class Render
{
    public static async Task<IHtmlDocument> PartAsync<T>(PageContext context, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using ServiceProvider services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        RenderFragment part = builder =>
        {
            builder.OpenComponent<T>(0);
            builder.AddMultipleAttributes(1, parameters!);

            builder.CloseComponent();
        };
        string html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<CascadingValue<PageContext>>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                ["Value"] = context,
                ["ChildContent"] = part,
            }))).ToHtmlString());
        return await new HtmlParser().ParseDocumentAsync(html);
    }
}
