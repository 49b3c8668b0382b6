namespace Ratchet.Web.Components.Text;

/// <summary>Texts of the shared parts.</summary>
public static class PartStrings
{
    public static readonly Phrase SkipToContent = new("Skip to content", "跳到正文");
    public static readonly Phrase MainMenu = new("Main menu", "主菜单");
    public static readonly Phrase Services = new("Services", "服务");
    public static readonly Phrase Healthy = new("running", "运行中");
    public static readonly Phrase Away = new("not answering", "无响应");
    public static readonly Phrase Unhealthy = new("in trouble", "有问题");
    public static readonly Phrase Unknown = new("not asked yet", "尚未查询");
    public static readonly Phrase Theme = new("Colours", "配色");
    public static readonly Phrase ThemeSystem = new("System", "跟随系统");
    public static readonly Phrase ThemeLight = new("Light", "浅色");
    public static readonly Phrase ThemeDark = new("Dark", "深色");
    public static readonly Phrase LanguageLabel = new("Language", "语言");
    public static readonly Phrase Copy = new("Copy", "复制");
    public static readonly Phrase Copied = new("Copied", "已复制");
    public static readonly Phrase Better = new("better", "更好");
    public static readonly Phrase Worse = new("worse", "更差");
    public static readonly Phrase NotClear = new("not clear", "不明确");
    public static readonly Phrase IntervalLabel = new("{0}, 95 % interval {1} to {2}", "{0}，95% 区间 {1} 至 {2}");
    public static readonly Phrase SamplesCount = new("n = {0}", "n = {0}");
    public static readonly Phrase Filter = new("Filter", "筛选");
    public static readonly Phrase Apply = new("Apply", "应用");
    public static readonly Phrase Previous = new("Previous", "上一页");
    public static readonly Phrase Next = new("Next", "下一页");
    public static readonly Phrase PageOf = new("Page {0} of {1}", "第 {0} 页，共 {1} 页");
    public static readonly Phrase SortBy = new("Sort by {0}", "按{0}排序");
    public static readonly Phrase Cancel = new("Cancel", "取消");
    public static readonly Phrase ChartTable = new("The same as a table", "以表格显示");
    public static readonly Phrase LogAxis = new("Log axis", "对数坐标");
    public static readonly Phrase Smooth = new("Smooth", "平滑");
    public static readonly Phrase Step = new("Step", "步");
    public static readonly Phrase TimeOfDay = new("Time", "时间");
    public static readonly Phrase StepDone = new("done", "完成");
    public static readonly Phrase StepRunning = new("running", "进行中");
    public static readonly Phrase StepWaiting = new("waiting", "等待");
    public static readonly Phrase StepFailed = new("failed", "失败");
    public static readonly Phrase StepSkipped = new("left out", "已跳过");
    public static readonly Phrase JustNow = new("just now", "刚刚");
    public static readonly Phrase SecondsAgo = new("{0} s ago", "{0} 秒前");
    public static readonly Phrase MinutesAgo = new("{0} min ago", "{0} 分钟前");
    public static readonly Phrase HoursAgo = new("{0} h ago", "{0} 小时前");
    public static readonly Phrase DaysAgo = new("{0} d ago", "{0} 天前");
    public static readonly Phrase Keys = new("Keys", "快捷键");
    public static readonly Phrase KeyHelp = new("? lists the keys of this page", "按 ? 显示本页快捷键");
    public static readonly Phrase KeySearch = new("Go to the search box", "跳到搜索框");
    public static readonly Phrase Close = new("Close", "关闭");
}
