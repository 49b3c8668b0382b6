using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Ratchet.Contracts.Rag;

namespace Ratchet.EndToEnd.Tests;

/// <summary>The chat page as a person meets it, in Debian's chromium.</summary>
[Collection(nameof(RunningRatchetCollection))]
public sealed partial class ChatPageTests(RatchetFixture ratchet)
{
    private const string Browser = "/usr/bin/chromium";
    private const string Question = "When does the reading room open on Fridays?";
    private const float AnswerPatienceMilliseconds = 60_000;

    [Theory]
    [InlineData(ColorScheme.Light, 1280, 800)]
    [InlineData(ColorScheme.Dark, 1280, 800)]
    [InlineData(ColorScheme.Light, 390, 844)]
    [InlineData(ColorScheme.Dark, 390, 844)]
    public async Task A_question_is_answered_with_its_source(ColorScheme colors, int width, int height)
    {
        SkipWithoutBrowser();
        await KnowAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser, Args = ["--no-sandbox"] });
        IPage page = await browser.NewPageAsync(new() { ColorScheme = colors, ViewportSize = new() { Width = width, Height = height } });
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                faults.Add(message.Text);
            }
        };

        await page.GotoAsync(ratchet.Gateway.ToString());
        await page.FillAsync("#question", Question);
        await page.PressAsync("#question", "Enter");

        ILocator answer = page.Locator(".message.assistant").Last;
        await answer.Locator("[data-sources] .chip").First.WaitForAsync(new() { Timeout = AnswerPatienceMilliseconds });
        await answer.Locator("[data-actions]").WaitForAsync(new() { Timeout = AnswerPatienceMilliseconds });
        await ScreenshotAsync(page, $"chat-{colors}-{width}");

        Assert.NotEqual("", (await answer.Locator("[data-text]").InnerTextAsync()).Trim());
        Assert.Contains("reading-room", await answer.Locator("[data-sources]").InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("smollm2", await answer.Locator("[data-meta]").InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_thumb_up_becomes_feedback()
    {
        SkipWithoutBrowser();
        await KnowAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser, Args = ["--no-sandbox"] });
        IPage page = await browser.NewPageAsync();
        int before = (await ratchet.Rag.GetFeedbackAsync(limit: 100)).Data.Count;

        await page.GotoAsync(ratchet.Gateway.ToString());
        await page.FillAsync("#question", Question);
        await page.PressAsync("#question", "Enter");
        ILocator thumb = page.Locator(".message.assistant").Last.Locator("button[value=up]");
        await thumb.WaitForAsync(new() { Timeout = AnswerPatienceMilliseconds });
        await thumb.ClickAsync();

        // The page's policy forbids what a wait for a script's value would need, so the text itself is waited for.
        await page.Locator(".message.assistant [data-said]", new() { HasTextRegex = SomeText() }).First.WaitForAsync();

        Assert.Equal(before + 1, (await ratchet.Rag.GetFeedbackAsync(limit: 100)).Data.Count);
    }

    [GeneratedRegex(@"\S")]
    private static partial Regex SomeText();

    private Task<DocumentRecord> KnowAsync() => ratchet.Rag.PushDocumentAsync(new DocumentPush(
        "The reading room opens at 10 on Fridays and closes at 17.", "reading-room", Title: "reading-room"));

    private static void SkipWithoutBrowser()
    {
        if (!File.Exists(Browser) && Environment.GetEnvironmentVariable("CI") is null)
        {
            Assert.Skip($"{Browser} is not there; `apt-get install chromium` brings it. On a build machine this test would fail.");
        }
    }

    private static async Task ScreenshotAsync(IPage page, string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }
}
