using AngleSharp.Html.Dom;
using Ratchet.Web.Components.Charts;
using Ratchet.Web.Components.Pages;

namespace Ratchet.Web.Components.Tests.Charts;

public sealed class TimeChartTests
{
    private static readonly DateTimeOffset[] Times = [.. Enumerable.Range(0, 5).Select(i => DateTimeOffset.UnixEpoch.AddSeconds(i))];

    [Fact]
    public async Task What_is_not_known_breaks_the_line_and_leaves_the_table_empty()
    {
        IHtmlDocument page = await RenderAsync(new TimeSeries("broken", [1, 2, null, 4, 5]), new TimeSeries("whole", [0, 0, 0, 0, 10]));

        Assert.Equal(["s0", "s0", "s1"], page.QuerySelectorAll("polyline").Select(line => line.ClassName));
        Assert.Equal("62,232 254,232 446,232 638,232 830,10", page.QuerySelectorAll("polyline")[2].GetAttribute("points"));
        Assert.Equal(["00:00:04", "5", "10"], page.QuerySelector("tbody tr")!.Children.Select(cell => cell.TextContent));
        Assert.Equal("", page.QuerySelector("tr[data-at='2']")!.Children[1].TextContent);
    }

    [Fact]
    public async Task A_value_alone_is_seen()
    {
        IHtmlDocument page = await RenderAsync(new TimeSeries("alone", [null, null, 3, null, null]));

        Assert.Equal("446,10 449,10", Assert.Single(page.QuerySelectorAll("polyline")).GetAttribute("points"));
        Assert.Single(page.QuerySelectorAll("tbody tr"));
    }

    [Theory]
    [InlineData(0.123456, "0.123")]
    [InlineData(1234, "1234")]
    [InlineData(12_345, "12.35 k")]
    [InlineData(-2_500_000, "-2.5 M")]
    [InlineData(3e9, "3 G")]
    public void Numbers_are_short(double value, string text) => Assert.Equal(text, TimeChart.Short(value));

    [Theory]
    [InlineData(0.975 / 4, 0.25)]
    [InlineData(10, 10)]
    [InlineData(10.1, 20)]
    [InlineData(260, 500)]
    [InlineData(3e-5, 5e-5)]
    [InlineData(double.NaN, 1)]
    [InlineData(0, 1)]
    public void Lines_across_stand_at_round_numbers(double least, double step) => Assert.Equal(step, TimeChart.RoundStep(least), 1e-12);

    [Fact]
    public async Task All_values_lie_between_the_lowest_and_the_highest_line()
    {
        IHtmlDocument page = await RenderAsync(new TimeSeries("p99", [0.3, 0.975, -0.1, null, null]));

        string[] marks = [.. page.QuerySelectorAll("text[text-anchor=end]").Select(text => text.TextContent).Where(text => !text.Contains(':', StringComparison.Ordinal))];
        Assert.Equal(["-0.5", "0", "0.5", "1"], marks);
    }

    private static Task<IHtmlDocument> RenderAsync(params TimeSeries[] series) => Render.PartAsync<TimeChart>(
        new PageContext(), new() { ["Title"] = "a chart", ["Times"] = Times, ["Series"] = series });
}
