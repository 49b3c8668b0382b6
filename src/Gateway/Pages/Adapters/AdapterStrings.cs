using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Adapters;

/// <summary>Texts of the adapter pages.</summary>
public static class AdapterStrings
{
    public static readonly Phrase EmptyText = new("No adapter has been made yet. A cycle makes one from your approved examples.", "尚无适配器。循环会用已批准的样例生成适配器。");
    public static readonly Phrase EmptyButton = new("Go to cycles", "前往循环");
    public static readonly Phrase Generations = new("Generations", "各代适配器");
    public static readonly Phrase Adapter = new("Adapter", "适配器");
    public static readonly Phrase Holds = new("Alias", "别名");
    public static readonly Phrase Verdict = new("Gate", "门禁");
    public static readonly Phrase Promote = new("promote", "建议晋升");
    public static readonly Phrase Reject = new("reject", "拒绝");
    public static readonly Phrase Inconclusive = new("inconclusive", "无定论");
    public static readonly Phrase NotEvaluated = new("not evaluated", "未评估");
    public static readonly Phrase Aliases = new("Aliases", "别名");
    public static readonly Phrase AliasNow = new("{0} → {1}", "{0} → {1}");
    public static readonly Phrase AliasNone = new("No alias is set: chats are answered by the base model.", "尚未设置别名：对话由基础模型回答。");
    public static readonly Phrase MoveNumber = new("move {0}", "第 {0} 次切换");
    public static readonly Phrase RollBack = new("Roll back …", "回滚…");
    public static readonly Phrase RollBackExplained = new(
        "The alias “{0}” goes back to what it held before. Chats that are running finish on {1}; new ones are answered by the generation before, from this moment on. It can be promoted again.",
        "别名“{0}”将恢复为之前的指向。进行中的对话仍由 {1} 完成；新对话立即由上一代回答。之后可再次晋升。");
    public static readonly Phrase RollBackYes = new("Roll back", "回滚");
    public static readonly Phrase PromoteButton = new("Promote …", "晋升…");
    public static readonly Phrase PromoteExplained = new(
        "The alias “{0}” moves to this adapter. New chats are answered by it from this moment on; running ones finish on theirs. It can be taken back with one click.",
        "别名“{0}”将指向此适配器。新对话立即由它回答，进行中的对话不受影响。可一键撤回。");
    public static readonly Phrase PromoteOverrule = new("The gate did not say promote. Going on overrules it, and that is recorded.", "门禁未建议晋升。继续操作将否决门禁，并会被记录。");
    public static readonly Phrase PromoteYes = new("Promote", "晋升");
    public static readonly Phrase PromoteYesOverrule = new("Promote in spite of the gate", "仍然晋升");
    public static readonly Phrase IsServing = new("It holds the alias {0} now.", "它当前持有别名 {0}。");
    public static readonly Phrase WhyAsked = new("Why? (kept with the move)", "原因（随切换记录）");

    public static readonly Phrase Evaluation = new("What the gate saw", "门禁所见");
    public static readonly Phrase NoEvaluation = new("It has not been evaluated. A cycle evaluates what it trains.", "尚未评估。循环会评估其训练结果。");
    public static readonly Phrase Arm = new("Arm", "对照组");
    public static readonly Phrase Nll = new("NLL per token", "每词元 NLL");
    public static readonly Phrase Perplexity = new("Perplexity", "困惑度");
    public static readonly Phrase TokenF1 = new("Token F1", "词元 F1");
    public static readonly Phrase RougeL = new("ROUGE-L", "ROUGE-L");
    public static readonly Phrase Bleu = new("BLEU", "BLEU");
    public static readonly Phrase BertScore = new("BERTScore", "BERTScore");
    public static readonly Phrase EncoderText = new("BERTScore's vectors come from {0}; scores of other encoders do not compare with them.", "BERTScore 的向量来自 {0}；不同编码器的分数不可比较。");
    public static readonly Phrase Labels = new("Labels", "标签");
    public static readonly Phrase LabelsText = new(
        "{0}, {1}: accuracy {2}, macro-F1 {3} on {4} answers; {5} without any label.",
        "{0}，{1}：{4} 条回答的准确率 {2}，宏平均 F1 {3}；{5} 条没有任何标签。");
    public static readonly Phrase TrueLabel = new("true, by row / answered, by column", "行为真实标签 / 列为回答");
    public static readonly Phrase Questions = new("n", "n");
    public static readonly Phrase Differences = new("Differences, with 95 % intervals", "差异与 95% 区间");
    public static readonly Phrase Compared = new("Compared", "比较");
    public static readonly Phrase Decides = new("decides", "决定性");
    public static readonly Phrase Metric = new("Measure", "指标");
    public static readonly Phrase Judgement = new("Judgement", "判断");
    public static readonly Phrase SetUncovered = new("documents that no example covers", "无样例覆盖的文档");
    public static readonly Phrase SetCovered = new("covered documents (beside)", "已覆盖的文档（参考）");
    public static readonly Phrase SetUncounted = new("not counted", "不计入");
    public static readonly Phrase Probe = new("General ability", "通用能力");
    public static readonly Phrase ProbeText = new(
        "NLL {0} before, {1} after on {2} general questions: {3} nats per token, limit {4}.",
        "{2} 个通用问题的 NLL：之前 {0}，之后 {1}；每词元变化 {3} nats，上限 {4}。");
    public static readonly Phrase Samples = new("Samples side by side", "样例对照");
    public static readonly Phrase Reference = new("Wanted", "标准答案");
    public static readonly Phrase Before = new("Before", "之前");
    public static readonly Phrase After = new("This adapter", "此适配器");
    public static readonly Phrase Lineage = new("Where it comes from", "来历");
    public static readonly Phrase ExamplesLearned = new("{0} examples, {1} of them replayed", "{0} 条样例，其中 {1} 条为重放");
    public static readonly Phrase Files = new("Files", "文件");
    public static readonly Phrase Modelfile = new("Modelfile", "Modelfile");
    public static readonly Phrase ModelfileLead = new(
        "How this adapter is asked, in Ollama's words: from the chat template it was trained with. For files that Ollama takes, export it.",
        "以 Ollama 的写法说明如何向此适配器提问，取自训练所用的对话模板。如需 Ollama 可用的文件，请导出。");
    public static readonly Phrase Measured = new("Measured", "测量");
    public static readonly Phrase Job = new("Job", "任务");
    public static readonly Phrase Rank = new("Rank", "秩");
    public static readonly Phrase TrainedOn = new("Base in training", "训练时的基础模型");
    public static readonly Phrase Modules = new("Layers", "层");
    public static readonly Phrase Size = new("Size", "大小");
    public static readonly Phrase TryIt = new("Ask it", "向它提问");
}
