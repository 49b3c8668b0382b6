using Quartz;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Reads cron expressions, in UTC.</summary>
internal static class CronSchedule
{
    /// <returns>Null, with the reason, where the text is no cron expression.</returns>
    public static CronExpression? Parse(string text, out string? fault)
    {
        try
        {
            fault = null;
            return new CronExpression(text, TimeZoneInfo.Utc);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            fault = e.Message;
            return null;
        }
    }
}
