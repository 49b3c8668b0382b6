using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages;

/// <summary>Texts of the frame round every page, and words that several pages use.</summary>
public static class FrameStrings
{
    public static readonly Phrase Chat = new("Chat", "对话");
    public static readonly Phrase Knowledge = new("Knowledge", "知识库");
    public static readonly Phrase Review = new("Review", "审核");
    public static readonly Phrase Training = new("Training", "训练");
    public static readonly Phrase Adapters = new("Adapters", "适配器");
    public static readonly Phrase Cycles = new("Cycles", "循环");
    public static readonly Phrase System = new("System", "系统");

    public static readonly Phrase Collection = new("Collection", "集合");
    public static readonly Phrase AllCollections = new("All collections", "所有集合");
    public static readonly Phrase Document = new("Document", "文档");
    public static readonly Phrase Documents = new("Documents", "文档");
    public static readonly Phrase Chunks = new("Chunks", "片段");
    public static readonly Phrase Examples = new("Examples", "样例");
    public static readonly Phrase Batches = new("Batches", "批次");
    public static readonly Phrase State = new("State", "状态");
    public static readonly Phrase Created = new("Created", "创建时间");
    public static readonly Phrase Question = new("Question", "问题");
    public static readonly Phrase Answer = new("Answer", "回答");
    public static readonly Phrase Reason = new("Reason", "原因");
    public static readonly Phrase Name = new("Name", "名称");
    public static readonly Phrase Details = new("Details", "详情");
    public static readonly Phrase Tokens = new("Tokens", "词元");
    public static readonly Phrase Version = new("Version", "版本");
    public static readonly Phrase None = new("none", "无");

    public static readonly Phrase ErrorTitle = new("This did not work", "操作未成功");
    public static readonly Phrase ErrorBack = new("Go back", "返回");
    public static readonly Phrase ErrorRetry = new("Try again", "重试");
    public static readonly Phrase NotFoundTitle = new("There is no such page", "没有这个页面");
    public static readonly Phrase NotFoundText = new("Nothing goes by this address. The menu leads to every page.", "此地址没有内容。请从菜单进入各个页面。");

    /// <summary>What a page says after a change, by the word in its address.</summary>
    public static readonly IReadOnlyDictionary<string, Phrase> Done = new Dictionary<string, Phrase>
    {
        ["uploaded"] = new("The documents are stored. They can be searched as soon as their state is indexed.", "文档已保存。状态变为“已索引”后即可检索。"),
        ["deleted"] = new("The document is deleted, with its chunks and examples.", "文档及其片段和样例已删除。"),
        ["reviewed"] = new("Noted. Here is the next one.", "已记录。下面是下一条。"),
        ["started"] = new("The job is in the queue. It goes on also when you leave this page.", "任务已排队。离开此页面也会继续运行。"),
        ["cancelled"] = new("Cancelled.", "已取消。"),
        ["paused"] = new("Paused. It continues from its last checkpoint.", "已暂停，将从最近的检查点继续。"),
        ["resumed"] = new("Resumed.", "已恢复。"),
        ["promoted"] = new("The alias has moved. New chats are answered by this adapter; running ones finish on theirs.", "别名已切换。新对话由此适配器回答，进行中的对话不受影响。"),
        ["rolledback"] = new("Rolled back. New chats are answered by the generation before.", "已回滚。新对话由上一代回答。"),
        ["export"] = new("The export is in the making. It goes on also when you leave this page.", "导出正在生成。离开此页面也会继续。"),
        ["cycle"] = new("The cycle has started. It goes on also when you leave this page.", "循环已开始。离开此页面也会继续运行。"),
        ["feedback"] = new("Thank you. A thumb up or a correction is now an example to review.", "谢谢。点赞或更正已成为待审核的样例。"),
    };
}
