using Ratchet.Web.Components.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>Every text of the dashboard.</summary>
internal static class DashboardStrings
{
    public static readonly Phrase Resources = new("Resources", "资源");
    public static readonly Phrase ResourcesLead = new("What runs on this machine, and how it is.", "本机上正在运行的部分及其状态。");
    public static readonly Phrase Name = new("Name", "名称");
    public static readonly Phrase State = new("State", "状态");
    public static readonly Phrase Started = new("Started", "启动时间");
    public static readonly Phrase Source = new("Source", "来源");
    public static readonly Phrase Endpoints = new("Endpoints", "地址");
    public static readonly Phrase Actions = new("Actions", "操作");
    public static readonly Phrase ConsoleLog = new("Console log", "控制台日志");
    public static readonly Phrase ConsoleLogOf = new("Console log of {0}", "{0} 的控制台日志");
    public static readonly Phrase NoLines = new("It has written nothing yet.", "尚无输出。");
    public static readonly Phrase FilterLines = new("Show lines with", "只显示包含");
    public static readonly Phrase Follow = new("Follow", "跟随");
    public static readonly Phrase Details = new("Details", "详情");
    public static readonly Phrase Start = new("Start", "启动");
    public static readonly Phrase Stop = new("Stop", "停止");
    public static readonly Phrase Restart = new("Restart", "重启");
    public static readonly Phrase Healthy = new("healthy", "正常");
    public static readonly Phrase Unhealthy = new("not healthy yet", "尚未就绪");
    public static readonly Phrase WaitingFor = new("waits for {0}", "等待 {0}");
    public static readonly Phrase ExitCode = new("exit code {0}", "退出码 {0}");
    public static readonly Phrase Variables = new("Environment", "环境变量");
    public static readonly Phrase Telemetry = new("Telemetry received: {0} deliveries, {1} KiB.", "已收到遥测数据：{0} 次，{1} KiB。");
    public static readonly Phrase Login = new("Log in", "登录");
    public static readonly Phrase LoginLead = new(
        "The address with the token is in the console where Ratchet was started. Or paste the token here.",
        "带令牌的地址显示在启动 Ratchet 的控制台中，也可将令牌粘贴到此处。");
    public static readonly Phrase Token = new("Token", "令牌");
    public static readonly Phrase WrongToken = new(
        "That is not this start's token. It is new at every start; the console shows it.", "令牌不正确。每次启动都会更换，请查看控制台。");
}
