using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Chat;

/// <summary>Texts of the chat page.</summary>
public static class ChatStrings
{
    public static readonly Phrase EmptyTitle = new("Ask about your business", "询问您的业务");
    public static readonly Phrase EmptyText = new(
        "Answers come from your documents, with their sources. A document is answerable seconds after it is added.",
        "回答来自您的文档，并附上来源。文档添加几秒后即可被检索。");
    public static readonly Phrase AddDocuments = new("Add documents", "添加文档");
    public static readonly Phrase Placeholder = new("Write a question", "输入问题");
    public static readonly Phrase Send = new("Send", "发送");
    public static readonly Phrase Stop = new("Stop", "停止");
    public static readonly Phrase Model = new("Model", "模型");
    public static readonly Phrase ModelAuto = new("auto (latest adapter)", "自动（最新适配器）");
    public static readonly Phrase ModelBase = new("base (untrained)", "基础模型（未训练）");
    public static readonly Phrase ModelAliases = new("Aliases", "别名");
    public static readonly Phrase ModelAdapters = new("Exact adapters", "指定适配器");
    public static readonly Phrase Retrieval = new("Use the knowledge", "使用知识库");
    public static readonly Phrase You = new("You", "您");
    public static readonly Phrase Assistant = new("Answer", "回答");
    public static readonly Phrase Sources = new("Sources", "来源");
    public static readonly Phrase AnsweredBy = new("Answered by", "回答者");
    public static readonly Phrase BaseModel = new("base model", "基础模型");
    public static readonly Phrase FirstToken = new("first token after {0}", "首词元用时 {0}");
    public static readonly Phrase Total = new("{0} in all", "总用时 {0}");
    public static readonly Phrase NoAnswer = new(
        "The knowledge holds no answer to this.", "知识库中没有这个问题的答案。");
    public static readonly Phrase AddOne = new("Add a document that does", "添加包含答案的文档");
    public static readonly Phrase Good = new("Good answer", "回答很好");
    public static readonly Phrase Bad = new("Bad answer", "回答不好");
    public static readonly Phrase Correct = new("Correct", "更正");
    public static readonly Phrase CorrectHelp = new(
        "Write the answer that should have come. It becomes an example to review, and with the next cycle part of the model.",
        "写下应有的回答。它将成为待审核的样例，并在下一个循环中进入模型。");
    public static readonly Phrase SaveCorrection = new("Save the correction", "保存更正");
    public static readonly Phrase CorrectedAnswer = new("The right answer", "正确的回答");
    public static readonly Phrase Regenerate = new("Regenerate", "重新生成");
    public static readonly Phrase Copy = new("Copy", "复制");
    public static readonly Phrase Thanks = new("Noted. Thank you.", "已记录，谢谢。");
    public static readonly Phrase ThanksCorrection = new("Noted: the correction waits under Review.", "已记录：更正已进入“审核”。");
    public static readonly Phrase Stopped = new("Stopped here.", "已在此停止。");
    public static readonly Phrase Failed = new("The answer did not come.", "未能得到回答。");
    public static readonly Phrase BrokeOff = new("The answer broke off.", "回答中断。");
    public static readonly Phrase Retry = new("Ask again", "重新提问");
    public static readonly Phrase Thinking = new("Reading the documents …", "正在阅读文档…");
    public static readonly Phrase History = new("Earlier chats", "历史对话");
    public static readonly Phrase HistoryNone = new("None yet. Chats are kept in this browser only.", "暂无。对话只保存在此浏览器中。");
    public static readonly Phrase NewChat = new("New chat", "新对话");
    public static readonly Phrase ForgetChats = new("Forget all", "全部删除");
    public static readonly Phrase Purged = new(
        "This answer is gone: a document that it cited was deleted.", "此回答已移除：它引用的文档已被删除。");
    public static readonly Phrase KeySend = new("Send the question (Shift+Enter: new line)", "发送问题（Shift+Enter 换行）");
    public static readonly Phrase KeyStop = new("Stop the answer", "停止回答");
}
