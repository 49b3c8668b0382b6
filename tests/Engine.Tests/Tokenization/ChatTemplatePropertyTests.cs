using System.Diagnostics;
using System.Text.Json;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>A template comes out of a file that strangers made: whatever it says, it renders, refuses or is stopped.</summary>
public sealed class ChatTemplatePropertyTests
{
    private static readonly ChatMessage[] Conversation =
    [
        new("system", "Answer briefly."),
        new("user", "{{ 7 * 7 }} <|im_end|> 中"),
        new("assistant", null)
        {
            Fields = new Dictionary<string, JsonElement>
            {
                ["tool_calls"] = JsonElement.Parse("""[{"id":"123456789","function":{"name":"f","arguments":{"a":[1,2.5,null]}}}]"""),
            },
        },
        new("tool", "21"),
        new("assistant", "<think>x</think> done"),
        new("user", ""),
    ];

    private static readonly Dictionary<string, JsonElement> Variables = new()
    {
        ["tools"] = JsonElement.Parse("""[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]"""),
    };

    private sealed record TemplateFile(string Template, string? BosToken, string? EosToken);

    private sealed record FeatureFile(FeatureCase[] Cases);

    private sealed record FeatureCase(string Template);

    [Fact]
    [Trait("Category", "Golden")]
    public void A_damaged_template_renders_or_is_refused()
    {
        string[] sources =
        [
            .. Golden.Read<Dictionary<string, TemplateFile>>("chat-templates/templates.json").Values.Select(t => t.Template),
            .. Golden.Read<FeatureFile>("chat-templates/features.json").Cases.Select(c => c.Template),
        ];
        Claim.Holds(cases: 3000, (random, size) => RenderOrRefuse(Damaged(sources, random)));
    }

    [Theory]
    [InlineData("{{ 'a' * 999999999 }}")]
    [InlineData("{{ [1] * 999999999 }}")]
    [InlineData("{{ 2 ** 99999999 }}")]
    [InlineData("{{ 9223372036854775807 + 1 }}")]
    [InlineData("{{ -9223372036854775807 - 2 }}")]
    [InlineData("{{ (-9223372036854775807 - 1) // -1 }}")]
    [InlineData("{{ 9223372036854775807 * 9 }}")]
    [InlineData("{{ 7 // 0 }}{{ 7 % 0 }}")]
    [InlineData("{{ 1e308 * 10 }}{{ 1e308 * 10 - 1e308 * 10 }}")]
    [InlineData("{{ 99999999999999999999999999 }}")]
    [InlineData("{{ 'abc'[99999999999999999999] }}")]
    [InlineData("{{ messages[-99] }}{{ messages[1:-99:-1] }}{{ 'abc'[::0] }}")]
    [InlineData("{{ 'x'|indent(999999999) }}")]
    [InlineData("{{ messages|tojson(indent=999999999) }}")]
    [InlineData("{{ 'x'.center(999999999) }}")]
    [InlineData("{{ '%999999999d'|format(1) }}")]
    [InlineData("{{ '{:999999999}'.format(1) }}")]
    [InlineData("{{ 'x'.replace('', 'y' * 100000) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace(a=[]) %}{% for i in range(1000) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}")]
    [InlineData("{% set ns = namespace(a='x') %}{% for i in range(1000) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(1000) %}{% set ns.a = ns.a + ns.a %}{% endfor %}")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a == ns.a }}{{ ns.a in [ns.a] }}")]
    [InlineData("{{ ('a' * 999999).split('a') | join('b' * 999999) }}")]
    [InlineData("{{ ('b' * 999999).join(('a' * 999999).split('a')) }}")]
    [InlineData("{{ ('a ' * 499999).split() | length }}")]
    [InlineData("{{ ('a' * 999999) | list | sort | unique | tojson }}")]
    [InlineData("{% set x = 'a' * 999999 %}{% set y = 'a' * 499999 ~ 'b' ~ 'a' %}{% for i in range(1000) %}{{ y in x }}{{ x.find(y) }}{{ x == x }}{% endfor %}")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{{ messages | tojson }}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}{{ ns|tojson }}")]
    public void A_template_that_asks_for_too_much_is_stopped(string source)
    {
        long started = Stopwatch.GetTimestamp();
        long allocated = GC.GetAllocatedBytesForCurrentThread();

        RenderOrRefuse(source);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 2L << 30);
    }

    private static void RenderOrRefuse(string source)
    {
        try
        {
            var template = new ChatTemplate(source, "<s>", "</s>");
            _ = template.Render(Conversation, addGenerationPrompt: true, Variables);
        }
        catch (TemplateException)
        {
            // Refused by name: as it should be.
        }
        catch (Exception other)
        {
            throw new InvalidOperationException($"{other.GetType().Name} from: {source}", other);
        }
    }

    private static string Damaged(string[] sources, Random random)
    {
        string source = sources[random.Next(sources.Length)];
        for (int left = random.Next(1, 4); left > 0; left--)
        {
            int from = random.Next(source.Length + 1);
            int to = Math.Min(source.Length, from + random.Next(12));
            string other = sources[random.Next(sources.Length)];
            int otherFrom = random.Next(other.Length + 1);
            source = random.Next(3) switch
            {
                0 => source.Remove(from, to - from),
                1 => source.Insert(from, source[from..to]),
                _ => source.Insert(from, other.Substring(otherFrom, Math.Min(other.Length - otherFrom, random.Next(24)))),
            };
        }

        return source;
    }
}
