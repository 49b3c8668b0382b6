using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>
/// Names of states as the pages show them. The state itself stays what Aspire calls it, in English: programs, the history and
/// the live stream know it by that word.
/// </summary>
internal static class StateStrings
{
    private const string RestartingBegin = "Restarting (";

    private static readonly Phrase Restarting = new("Restarting ({0})", "正在重启（第 {0} 次）");

    private static readonly Dictionary<string, Phrase> Known = new Dictionary<string, string>
    {
        [KnownResourceStates.Starting] = "正在启动",
        [KnownResourceStates.Running] = "运行中",
        [KnownResourceStates.FailedToStart] = "启动失败",
        [KnownResourceStates.RuntimeUnhealthy] = "运行环境异常",
        [KnownResourceStates.Stopping] = "正在停止",
        [KnownResourceStates.Exited] = "已退出",
        [KnownResourceStates.Finished] = "已完成",
        [KnownResourceStates.Waiting] = "等待中",
        [KnownResourceStates.NotStarted] = "未启动",
        [KnownResourceStates.Building] = "正在构建",
        [KnownResourceStates.ValueMissing] = "缺少值",
        [KnownResourceStates.Active] = "有效",
        [KnownResourceStates.BuiltIn] = "内置",
    }.ToDictionary(pair => pair.Key, pair => new Phrase(pair.Key, pair.Value), StringComparer.Ordinal);

    /// <summary>The state's name in the reader's language; one that nobody has named here stays as it is.</summary>
    public static string Of(string? state, PageContext context) => state switch
    {
        null => "",
        _ when Known.TryGetValue(state, out Phrase? phrase) => context.Say(phrase),
        _ when state.StartsWith(RestartingBegin, StringComparison.Ordinal) && state.EndsWith(')')
            && int.TryParse(state.AsSpan(RestartingBegin.Length, state.Length - RestartingBegin.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) =>
            context.Say(Restarting, count),
        _ => state,
    };
}
