using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Microsoft.AspNetCore.Components;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Parts;
using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Tests.Parts;

public sealed class DataTableTests
{
    private static readonly Phrase Name = new("Name", "名称");

    private static readonly Column<string>[] Columns =
    [
        new(Name, item => builder => builder.AddContent(0, item)) { SortName = "name", SortKey = item => item },
    ];

    [Theory]
    [InlineData("", "b c a", "/list?sort=name", null)]
    [InlineData("name", "a b c", "/list?sort=-name", "ascending")]
    [InlineData("-name", "c b a", "/list?sort=name", "descending")]
    public async Task A_head_sorts_and_turns_the_order_round(string sort, string order, string link, string? said)
    {
        IHtmlDocument page = await RenderAsync(["b", "c", "a"], sort.Length > 0 ? [("sort", sort)] : []);

        Assert.Equal(order, string.Join(' ', Cells(page)));
        IElement head = page.QuerySelector("th")!;
        Assert.Equal((link, said), (head.QuerySelector("a")!.GetAttribute("href"), head.GetAttribute("aria-sort")));
    }

    [Theory]
    [InlineData("", "/list?sort=name", "descending")]
    [InlineData("name", "/list?sort=-name", "ascending")]
    public async Task The_order_in_which_items_come_is_shown_until_another_is_asked_for(string sort, string link, string said)
    {
        IHtmlDocument page = await RenderAsync(["c", "b", "a"], sort.Length > 0 ? [("sort", sort)] : [], sortDefault: "-name");

        IElement head = page.QuerySelector("th")!;
        Assert.Equal((link, said), (head.QuerySelector("a")!.GetAttribute("href"), head.GetAttribute("aria-sort")));
    }

    [Fact]
    public async Task The_filter_and_the_pages_work_by_address()
    {
        string[] items = [.. Enumerable.Range(0, 120).Select(i => $"item {i:000}")];
        IHtmlDocument second = await RenderAsync(items, [("page", "2")]);
        IHtmlDocument filtered = await RenderAsync(items, [("q", "ITEM 11")]);

        Assert.Equal(("item 050", 50), (Cells(second)[0], Cells(second).Length));
        Assert.Equal("/list?page=3", second.QuerySelector("a[rel=next]")!.GetAttribute("href"));
        Assert.Equal(10, Cells(filtered).Length);
        Assert.Equal("ITEM 11", filtered.QuerySelector("input[name=q]")!.GetAttribute("value"));
    }

    [Fact]
    public async Task An_empty_table_says_how_to_fill_it()
    {
        IHtmlDocument page = await RenderAsync([], []);
        Assert.Null(page.QuerySelector("table"));
        Assert.Equal("Add one", page.QuerySelector(".empty")!.TextContent);
    }

    private static string[] Cells(IHtmlDocument page) => [.. page.QuerySelectorAll("td").Select(cell => cell.TextContent)];

    private static Task<IHtmlDocument> RenderAsync(string[] items, (string Name, string Value)[] query, string sortDefault = "") => Render.PartAsync<DataTable<string>>(
        new PageContext { Path = "/list", Query = [.. query.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))] },
        new()
        {
            ["Items"] = items,
            ["SortDefault"] = sortDefault,
            ["Columns"] = Columns,
            ["Filter"] = (Func<string, string>)(item => item),
            ["Empty"] = (RenderFragment)(builder => builder.AddContent(0, "Add one")),
        });
}
