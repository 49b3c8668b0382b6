using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard.Pages;

/// <summary>How many tokens a span has read and written, by OpenTelemetry's names.</summary>
internal static class GenAITokens
{
    public const string Input = "gen_ai.usage.input_tokens";
    public const string Output = "gen_ai.usage.output_tokens";

    public static string? Text(PageContext context, Span span)
    {
        long? read = span.Attributes.FindNumber(Input);
        long? written = span.Attributes.FindNumber(Output);
        return read is null && written is null ? null : context.Say(TelemetryStrings.Tokens, read ?? 0, written ?? 0);
    }
}
