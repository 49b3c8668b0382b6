using Ratchet.Web.Components.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>Texts of the frame, the resources, the console logs and the login.</summary>
internal static class DashboardStrings
{
    public static readonly Phrase Resources = new("Resources", "资源");
    public static readonly Phrase ResourcesLead = new("What runs on this machine, and how it is.", "本机上正在运行的部分及其状态。");
    public static readonly Phrase NoResources = new(
        "No application runs here. The dashboard takes telemetry all the same.", "此处没有运行应用程序，但仪表板仍会接收遥测数据。");

    public static readonly Phrase Parameters = new("Parameters", "参数");
    public static readonly Phrase ParametersLead = new("Values that the application was given from outside.", "应用程序从外部获得的值。");
    public static readonly Phrase NoParameters = new(
        "The application has no parameters. AddParameter in its Program.cs makes one.", "该应用程序没有参数。可在 Program.cs 中用 AddParameter 添加。");

    public static readonly Phrase StructuredLogs = new("Structured logs", "结构化日志");
    public static readonly Phrase Traces = new("Traces", "跟踪");
    public static readonly Phrase Metrics = new("Metrics", "指标");
    public static readonly Phrase Name = new("Name", "名称");
    public static readonly Phrase Value = new("Value", "值");
    public static readonly Phrase State = new("State", "状态");
    public static readonly Phrase Started = new("Started", "启动时间");
    public static readonly Phrase Stopped = new("Stopped", "停止时间");
    public static readonly Phrase Source = new("Source", "来源");
    public static readonly Phrase Type = new("Type", "类型");
    public static readonly Phrase Endpoints = new("Addresses", "地址");
    public static readonly Phrase Actions = new("Actions", "操作");
    public static readonly Phrase Properties = new("Properties", "属性");
    public static readonly Phrase Health = new("Health checks", "健康检查");
    public static readonly Phrase HealthPassed = new("All checks pass.", "全部检查通过。");
    public static readonly Phrase Details = new("Details", "详情");
    public static readonly Phrase CloseDetails = new("Close details", "关闭详情");
    public static readonly Phrase ConsoleLog = new("Console logs", "控制台日志");
    public static readonly Phrase ConsoleLogOf = new("Console log of {0}", "{0} 的控制台日志");
    public static readonly Phrase AllResources = new("All resources", "全部资源");
    public static readonly Phrase NoLines = new("It has written nothing yet.", "尚无输出。");
    public static readonly Phrase FilterLines = new("Show lines with", "只显示包含");
    public static readonly Phrase Follow = new("Follow", "跟随");
    public static readonly Phrase Timestamps = new("Times", "时间");
    public static readonly Phrase Wrap = new("Wrap", "换行");
    public static readonly Phrase Download = new("Download", "下载");
    public static readonly Phrase Clear = new("Clear", "清除");
    public static readonly Phrase ClearLinesLead = new(
        "The lines shown here are forgotten. What the services write from now on appears again.", "此处显示的行将被清除，服务之后的输出会重新显示。");

    public static readonly Phrase ClearLines = new("Clear the lines", "清除这些行");
    public static readonly Phrase StandardError = new("err", "错误流");
    public static readonly Phrase Start = new("Start", "启动");
    public static readonly Phrase Stop = new("Stop", "停止");
    public static readonly Phrase Restart = new("Restart", "重启");
    public static readonly Phrase StopLead = new("{0} ends after its running requests; what depends on it will miss it.", "{0} 将在处理完当前请求后停止，依赖它的部分会受影响。");
    public static readonly Phrase RestartLead = new("{0} stops and starts again on the same port.", "{0} 将停止并在同一端口重新启动。");
    public static readonly Phrase CommandFailed = new("The command '{0}' on '{1}' did not succeed: {2}", "对“{1}”执行命令“{0}”未成功：{2}");
    public static readonly Phrase Healthy = new("healthy", "正常");
    public static readonly Phrase Unhealthy = new("not healthy yet", "尚未就绪");
    public static readonly Phrase WaitingFor = new("waits for {0}", "等待 {0}");
    public static readonly Phrase ExitCode = new("exit code {0}", "退出码 {0}");
    public static readonly Phrase ExitCodeLabel = new("Exit code", "退出码");
    public static readonly Phrase Variables = new("Environment", "环境变量");
    public static readonly Phrase ShowSecrets = new("Show secret values", "显示机密值");
    public static readonly Phrase HideSecrets = new("Hide secret values", "隐藏机密值");
    public static readonly Phrase Telemetry = new("Telemetry received: {0} deliveries, {1} KiB.", "已收到遥测数据：{0} 次，{1} KiB。");
    public static readonly Phrase Run = new("Run", "运行");
    public static readonly Phrase ThisRun = new("This run (live)", "当前运行（实时）");
    public static readonly Phrase PastRun = new("This is the run of {0}, as it was kept. Nothing here changes.", "这是 {0} 的运行记录，内容不再变化。");
    public static readonly Phrase Show = new("Show", "显示");
    public static readonly Phrase Pause = new("Pause", "暂停");
    public static readonly Phrase Login = new("Log in", "登录");
    public static readonly Phrase LoginLead = new(
        "The address with the token is in the console where Ratchet was started. Or paste the token here.",
        "带令牌的地址显示在启动 Ratchet 的控制台中，也可将令牌粘贴到此处。");

    public static readonly Phrase Token = new("Token", "令牌");
    public static readonly Phrase WrongToken = new(
        "That is not this start's token. It is new at every start; the console shows it.", "令牌不正确。每次启动都会更换，请查看控制台。");
}
