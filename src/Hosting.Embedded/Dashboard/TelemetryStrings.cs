using Ratchet.Web.Components.Text;

namespace Aspire.Hosting.Dashboard;

/// <summary>Texts of the logs, the traces and the metrics.</summary>
internal static class TelemetryStrings
{
    public static readonly Phrase Dropped = new(
        "The limit of what is kept was reached; the oldest made room: {0} traces, {1} spans of long traces, {2} logs, {3} metric points. {4} were refused.",
        "已达保留上限，最旧的数据已被移除：{0} 条跟踪、{1} 个超长跟踪中的跨度、{2} 条日志、{3} 个指标点；{4} 项被拒绝。");

    public static readonly Phrase DroppedLines = new("The limit of what is kept was reached; the oldest {0} lines made room.", "已达保留上限，最旧的 {0} 行已被移除。");
    public static readonly Phrase Time = new("Time", "时间");
    public static readonly Phrase Level = new("Level", "级别");
    public static readonly Phrase Resource = new("Resource", "资源");
    public static readonly Phrase Message = new("Message", "消息");
    public static readonly Phrase Trace = new("Trace", "跟踪");
    public static readonly Phrase Name = new("Name", "名称");
    public static readonly Phrase Spans = new("Spans", "跨度");
    public static readonly Phrase Duration = new("Duration", "耗时");
    public static readonly Phrase Error = new("error", "错误");
    public static readonly Phrase ErrorsOnly = new("Errors only", "仅错误");
    public static readonly Phrase MinDuration = new("At least (ms)", "至少（毫秒）");
    public static readonly Phrase AnyType = new("Any kind", "任意类型");
    public static readonly Phrase Kind = new("Kind", "类型");
    public static readonly Phrase AnyTime = new("Any time", "任意时间");
    public static readonly Phrase Last = new("Last {0}", "最近 {0}");
    public static readonly Phrase Period = new("Period", "时间范围");
    public static readonly Phrase From = new("From", "从");
    public static readonly Phrase Until = new("Until", "到");
    public static readonly Phrase Field = new("Field", "字段");
    public static readonly Phrase Comparison = new("Comparison", "比较方式");
    public static readonly Phrase Contains = new("contains", "包含");
    public static readonly Phrase NotContains = new("does not contain", "不包含");
    public static readonly Phrase IsEqual = new("is", "等于");
    public static readonly Phrase IsNotEqual = new("is not", "不等于");
    public static readonly Phrase IsGreater = new("is above", "大于");
    public static readonly Phrase IsLess = new("is below", "小于");
    public static readonly Phrase Search = new("Search", "搜索");
    public static readonly Phrase MoreFilters = new("More filters", "更多筛选");
    public static readonly Phrase RemoveFilter = new("Remove the filter {0}", "移除筛选 {0}");
    public static readonly Phrase AtLeast = new("{0} and worse", "{0} 及以上");
    public static readonly Phrase Found = new("{0} of {1}", "{0} / {1}");
    public static readonly Phrase Export = new("Export as JSON", "导出为 JSON");
    public static readonly Phrase ClearAll = new("Clear telemetry", "清除遥测数据");
    public static readonly Phrase ClearAllLead = new(
        "All traces, logs and metrics of this run that the dashboard shows are forgotten. The kept history stays.",
        "仪表板显示的本次运行的全部跟踪、日志和指标都将被清除，已保存的历史不受影响。");

    public static readonly Phrase NoTraces = new(
        "No trace matches. Traces come as soon as a service answers a request; ask something in the chat.", "没有匹配的跟踪。服务一旦响应请求就会产生跟踪，可在聊天中提问。");

    public static readonly Phrase NoLogs = new("No log matches.", "没有匹配的日志。");
    public static readonly Phrase NoMetrics = new("No metric has come yet. Services send theirs every few seconds.", "尚无指标。服务每隔几秒发送一次。");
    public static readonly Phrase TraceGone = new(
        "This trace is not kept any more, or has not come yet. The list shows what there is.", "该跟踪已不再保留，或尚未到达。请查看列表。");

    public static readonly Phrase BackToTraces = new("All traces", "全部跟踪");
    public static readonly Phrase LogsOfTrace = new("Logs of this trace", "该跟踪的日志");
    public static readonly Phrase LogsOfSpan = new("Logs of this span", "该跨度的日志");
    public static readonly Phrase SpanOf = new("Span", "跨度");
    public static readonly Phrase Attributes = new("Attributes", "特性");
    public static readonly Phrase GenAI = new("Language model", "语言模型");
    public static readonly Phrase Tokens = new("{0} in, {1} out", "输入 {0}，输出 {1}");
    public static readonly Phrase TokensTitle = new("Tokens", "令牌数");
    public static readonly Phrase Events = new("Events", "事件");
    public static readonly Phrase Links = new("Links", "链接");
    public static readonly Phrase ResourceAttributes = new("Sent by", "发送者");
    public static readonly Phrase Scope = new("Source", "来源");
    public static readonly Phrase Status = new("Status", "状态");
    public static readonly Phrase Start = new("Start", "开始");
    public static readonly Phrase SpanId = new("Span id", "跨度 ID");
    public static readonly Phrase TraceId = new("Trace id", "跟踪 ID");
    public static readonly Phrase Category = new("Category", "类别");
    public static readonly Phrase EventName = new("Event", "事件");
    public static readonly Phrase Exception = new("Exception", "异常");
    public static readonly Phrase DroppedAttributes = new("{0} attributes were left out at the sender or by the limit.", "{0} 个特性因发送方或上限被省略。");
    public static readonly Phrase Collapse = new("Collapse", "折叠");
    public static readonly Phrase SearchInTrace = new("Search in this trace", "在此跟踪中搜索");
    public static readonly Phrase MoreSpans = new("{0} more spans; narrow them by a text.", "还有 {0} 个跨度，可用文字缩小范围。");
    public static readonly Phrase DroppedSpans = new("{0} spans of this trace were over the limit and are not kept.", "该跟踪有 {0} 个跨度超过上限未保留。");
    public static readonly Phrase Instruments = new("Instruments", "仪器");
    public static readonly Phrase ChooseInstrument = new("Choose an instrument to see its course.", "选择一个仪器以查看其走势。");
    public static readonly Phrase AllValues = new("All", "全部");
    public static readonly Phrase SplitBy = new("Split by", "拆分");
    public static readonly Phrase NotSplit = new("Nothing", "不拆分");
    public static readonly Phrase ShowAs = new("Show", "显示");
    public static readonly Phrase Rate = new("Per second", "每秒");
    public static readonly Phrase Total = new("Total", "总数");
    public static readonly Phrase Percentiles = new("Percentiles", "百分位");
    public static readonly Phrase CountPerSecond = new("Count per second", "每秒次数");
    public static readonly Phrase Others = new("others", "其他");
    public static readonly Phrase PerSecondUnit = new("{0} per second", "{0}/秒");
    public static readonly Phrase NoPoints = new("No value in this period.", "此时间范围内没有数据。");
}
