using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Review;

/// <summary>Texts of the review page.</summary>
public static class ReviewStrings
{
    public static readonly Phrase Progress = new("{0} of {1} examples reviewed", "已审核 {0} / {1} 条样例");
    public static readonly Phrase Place = new("{0} of {1}", "第 {0} / {1} 条");
    public static readonly Phrase ReadyToSeal = new("{0} approved examples wait for the next batch.", "{0} 条已批准样例等待下一批次。");
    public static readonly Phrase Proposed = new("proposed", "待审核");
    public static readonly Phrase Approved = new("approved", "已批准");
    public static readonly Phrase Edited = new("edited", "已修改");
    public static readonly Phrase Rejected = new("rejected", "已拒绝");
    public static readonly Phrase All = new("all", "全部");
    public static readonly Phrase Source = new("Source", "来源");
    public static readonly Phrase AnySource = new("any source", "任意来源");
    public static readonly Phrase SourceImport = new("import", "导入");
    public static readonly Phrase SourceDocument = new("document", "文档");
    public static readonly Phrase SourceFeedback = new("feedback", "反馈");
    public static readonly Phrase SourceApi = new("API", "接口");
    public static readonly Phrase Show = new("Show", "显示");
    public static readonly Phrase Passage = new("Source passage", "来源片段");
    public static readonly Phrase NoPassage = new("No passage is linked to this example.", "此样例没有关联片段。");
    public static readonly Phrase Approve = new("Approve", "批准");
    public static readonly Phrase SaveEdit = new("Save with changes", "保存修改");
    public static readonly Phrase Reject = new("Reject", "拒绝");
    public static readonly Phrase EditHelp = new("Change the text and approve: it is kept as edited.", "修改后批准即保存为“已修改”。");
    public static readonly Phrase Previous = new("Previous", "上一条");
    public static readonly Phrase Next = new("Next", "下一条");
    public static readonly Phrase ReviewedBy = new("{0} by {1}", "{0}，审核人 {1}");
    public static readonly Phrase For = new("For", "用途");
    public static readonly Phrase ForTraining = new("training", "训练");
    public static readonly Phrase ForEvaluation = new("evaluation only (held out)", "仅评估（留出）");
    public static readonly Phrase Stale = new("The document has changed since this example was made: check the answer against the passage.", "文档在此样例生成后已更改：请对照片段核对回答。");
    public static readonly Phrase Duplicate = new("An earlier example asks the same.", "已有样例提出相同问题。");
    public static readonly Phrase EmptyTitle = new("Nothing waits here", "没有待处理的样例");
    public static readonly Phrase EmptyText = new(
        "Examples come from documents with questions in them, from files, and from corrections in the chat.",
        "样例来自含问答的文档、导入的文件以及对话中的更正。");
    public static readonly Phrase EmptyButton = new("Import examples", "导入样例");
    public static readonly Phrase Import = new("Import examples from a file", "从文件导入样例");
    public static readonly Phrase ImportHelp = new(
        "OpenAI chat JSONL, Alpaca, ShareGPT, prompt/completion JSONL or CSV.", "OpenAI 对话 JSONL、Alpaca、ShareGPT、prompt/completion JSONL 或 CSV。");
    public static readonly Phrase ImportButton = new("Import", "导入");
    public static readonly Phrase Importing = new("Importing …", "正在导入…");
    public static readonly Phrase KeyApprove = new("Approve", "批准");
    public static readonly Phrase KeyEdit = new("Edit the answer", "编辑回答");
    public static readonly Phrase KeyReject = new("Reject", "拒绝");
    public static readonly Phrase KeyNext = new("Next, previous", "下一条、上一条");
}
