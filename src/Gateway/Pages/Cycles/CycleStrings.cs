using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Cycles;

/// <summary>Texts of the cycle pages.</summary>
public static class CycleStrings
{
    public static readonly Phrase Explained = new(
        "A cycle seals the approved examples into a batch, trains an adapter on it, evaluates it against what serves now, and promotes it only if it is measurably better.",
        "循环会将已批准的样例封存为批次，据此训练适配器，与当前服务的模型对比评估，只有可测量地更好时才晋升。");
    public static readonly Phrase Start = new("Start a cycle", "启动循环");
    public static readonly Phrase Starting = new("Starting …", "正在启动…");
    public static readonly Phrase Ready = new("{0} approved examples wait for the next batch.", "{0} 条已批准样例等待下一批次。");
    public static readonly Phrase ReadyUnknown = new("How many examples wait cannot be asked now.", "目前无法查询等待的样例数。");
    public static readonly Phrase WhyAsked = new("Why? (kept with the cycle)", "原因（随循环记录）");
    public static readonly Phrase EmptyText = new("No cycle has run yet. It needs approved examples first.", "尚未运行循环。请先批准一些样例。");
    public static readonly Phrase EmptyButton = new("Review examples", "审核样例");
    public static readonly Phrase Cycle = new("Cycle", "循环");
    public static readonly Phrase History = new("History", "历史");
    public static readonly Phrase Trigger = new("Started by", "触发方式");
    public static readonly Phrase ByHand = new("a person", "人工");
    public static readonly Phrase BySchedule = new("the schedule", "定时");
    public static readonly Phrase ByThreshold = new("a threshold", "阈值");
    public static readonly Phrase Running = new("running", "运行中");
    public static readonly Phrase Paused = new("paused", "已暂停");
    public static readonly Phrase Promoted = new("promoted", "已晋升");
    public static readonly Phrase Rejected = new("rejected", "已拒绝");
    public static readonly Phrase Inconclusive = new("inconclusive", "无定论");
    public static readonly Phrase FailedState = new("failed", "失败");
    public static readonly Phrase Cancelled = new("cancelled", "已取消");
    public static readonly Phrase StepSeal = new("Seal the batch", "封存批次");
    public static readonly Phrase StepFile = new("Fetch it", "获取数据");
    public static readonly Phrase StepContexts = new("Retrieve contexts", "检索上下文");
    public static readonly Phrase StepTrain = new("Train", "训练");
    public static readonly Phrase StepEvaluate = new("Evaluate", "评估");
    public static readonly Phrase StepGate = new("Gate", "门禁");
    public static readonly Phrase StepLoad = new("Load", "加载");
    public static readonly Phrase StepPromote = new("Promote", "晋升");
    public static readonly Phrase Left = new("{0} left", "剩余 {0}");
    public static readonly Phrase Why = new("Why it ended so", "结果原因");
    public static readonly Phrase Pause = new("Pause", "暂停");
    public static readonly Phrase Resume = new("Resume", "恢复");
    public static readonly Phrase Cancel = new("Cancel …", "取消…");
    public static readonly Phrase CancelExplained = new("The cycle ends; nothing is promoted and the alias stays where it is.", "循环将结束；不会晋升任何适配器，别名保持不变。");
    public static readonly Phrase CancelYes = new("Cancel the cycle", "取消循环");
    public static readonly Phrase Batch = new("Batch", "批次");
    public static readonly Phrase Job = new("Job", "任务");
    public static readonly Phrase Candidate = new("Candidate", "候选");
    public static readonly Phrase Champion = new("Compared with", "比较对象");
    public static readonly Phrase TheBase = new("the base model", "基础模型");
}
