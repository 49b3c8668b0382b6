using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Ratchet.Web.Components.Charts;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Tests.Charts;

public sealed class ChartTests
{
    // F133: a number carries its doubt, and the word says no more than the interval.
    [Theory]
    [InlineData(-0.5, -0.7, -0.3, true, "▲", "better")]
    [InlineData(0.5, 0.3, 0.7, true, "▼", "worse")]
    [InlineData(0.5, 0.3, 0.7, false, "▲", "better")]
    [InlineData(0.1, -0.1, 0.3, false, "≈", "not clear")]
    public async Task A_verdict_is_a_sign_a_word_and_the_interval(double value, double low, double high, bool lowerIsBetter, string sign, string word)
    {
        IHtmlDocument page = await Render.PartAsync<Verdict>(
            new PageContext(), new() { ["Difference"] = new Difference(value, low, high, 120, lowerIsBetter) });

        string text = page.Body!.TextContent;
        Assert.Contains(sign, text, StringComparison.Ordinal);
        Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Contains("n = 120", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_is_drawn_to_scale_and_read_aloud()
    {
        IHtmlDocument page = await Render.PartAsync<Interval>(
            new PageContext { Language = Language.Chinese },
            new() { ["Value"] = 0.5, ["Low"] = 0.25, ["High"] = 1.0, ["ScaleMin"] = 0.0, ["ScaleMax"] = 1.0 });

        IElement svg = page.QuerySelector("svg")!;
        Assert.Equal("0.5，95% 区间 0.25 至 1", svg.GetAttribute("aria-label"));
        Assert.Equal("80", svg.QuerySelector("circle")!.GetAttribute("cx"));
        Assert.Equal(("43", "154"), (svg.QuerySelectorAll("line")[1].GetAttribute("x1"), svg.QuerySelectorAll("line")[1].GetAttribute("x2")));
    }

    [Fact]
    public async Task A_line_chart_draws_each_series_and_lists_every_point_beside_it()
    {
        Series[] series =
        [
            new("training", "train_loss", [(1, 3.0), (2, 2.0), (3, double.NaN)]),
            new("evaluation", "valid_loss", [(2, 2.5)]),
        ];
        IHtmlDocument page = await Render.PartAsync<LineChart>(new PageContext(), new() { ["Title"] = "Loss", ["Series"] = series });

        Assert.Equal("Loss", page.QuerySelector("svg")!.GetAttribute("aria-label"));
        string[] lines = [.. page.QuerySelectorAll("polyline").Select(line => line.GetAttribute("points")!)];
        Assert.Equal(["340,12 632,212", "632,112"], lines);
        Assert.Equal(["train_loss", "valid_loss"], page.QuerySelectorAll("th[data-field]").Select(head => head.GetAttribute("data-field")));
        Assert.Equal(["2", "2", "2.5"], page.QuerySelectorAll("tbody tr")[1].QuerySelectorAll("td").Select(cell => cell.TextContent));
    }
}
