using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Knowledge;

/// <summary>Texts of the knowledge pages.</summary>
public static class KnowledgeStrings
{
    public static readonly Phrase Summary = new("{0} documents, {1} chunks", "{0} 个文档，{1} 个片段");
    public static readonly Phrase Waiting = new("{0} being indexed; the oldest has waited {1} s", "{0} 个正在索引；最久已等待 {1} 秒");
    public static readonly Phrase UpToDate = new("everything is searchable", "全部可检索");
    public static readonly Phrase FailedCount = new("{0} could not be indexed", "{0} 个无法索引");
    public static readonly Phrase SearchLabel = new("Search the knowledge", "检索知识库");
    public static readonly Phrase Search = new("Search", "检索");
    public static readonly Phrase HitsFor = new("Hits for “{0}”", "“{0}”的检索结果");
    public static readonly Phrase Answerable = new("The knowledge seems to hold an answer.", "知识库中应有答案。");
    public static readonly Phrase NotAnswerable = new(
        "No hit is near enough: a chat would say that the answer is not known.", "没有足够接近的结果：对话会说明答案未知。");
    public static readonly Phrase NoHits = new("Nothing was found.", "没有找到结果。");
    public static readonly Phrase Took = new("{0} ms", "{0} 毫秒");
    public static readonly Phrase FusedRank = new("Rank", "名次");
    public static readonly Phrase DenseRank = new("By meaning", "按语义");
    public static readonly Phrase KeywordRank = new("By words", "按词语");
    public static readonly Phrase Passage = new("Passage", "片段内容");

    public static readonly Phrase Add = new("Add documents", "添加文档");
    public static readonly Phrase Files = new("Files", "文件");
    public static readonly Phrase FilesHelp = new(
        "txt, md, html, csv, json or jsonl; several at once, or dropped here.", "txt、md、html、csv、json 或 jsonl；可多选，也可拖放到此处。");
    public static readonly Phrase OrText = new("Or write one here", "或在此输入");
    public static readonly Phrase Title = new("Title", "标题");
    public static readonly Phrase Text = new("Text", "正文");
    public static readonly Phrase CollectionHelp = new("Leave empty for default.", "留空则使用默认集合。");
    public static readonly Phrase Upload = new("Add", "添加");
    public static readonly Phrase Uploading = new("Adding …", "正在添加…");
    public static readonly Phrase NothingToAdd = new("Choose a file or write a text; nothing was sent.", "请选择文件或输入正文，尚未发送任何内容。");
    public static readonly Phrase EmptyText = new("There is no document yet. Added ones can be asked about within seconds.", "还没有文档。添加后数秒即可提问。");
    public static readonly Phrase NoneMatch = new("No document matches.", "没有匹配的文档。");

    public static readonly Phrase Indexed = new("indexed", "已索引");
    public static readonly Phrase Indexing = new("being indexed", "索引中");
    public static readonly Phrase FailedState = new("failed", "失败");
    public static readonly Phrase DeletedState = new("deleted", "已删除");
    public static readonly Phrase Key = new("Key", "键");
    public static readonly Phrase Split = new("Examples are for", "样例用途");
    public static readonly Phrase SplitTrain = new("training", "训练");
    public static readonly Phrase SplitHeldOut = new("evaluation only", "仅评估");
    public static readonly Phrase Pinned = new("chosen by a person", "人工指定");
    public static readonly Phrase ByHash = new("by hash of the key", "按键的哈希");
    public static readonly Phrase Changed = new("Changed", "更新时间");
    public static readonly Phrase Source = new("Source", "来源");
    public static readonly Phrase Size = new("Size", "大小");
    public static readonly Phrase Metadata = new("Metadata", "元数据");
    public static readonly Phrase ChunkPlace = new("characters {0} to {1}, {2} tokens", "字符 {0} 至 {1}，{2} 个词元");
    public static readonly Phrase NoChunks = new("It has no chunks yet.", "尚无片段。");

    public static readonly Phrase Reach = new("What it reaches", "影响范围");
    public static readonly Phrase ReachExplained = new(
        "Deleting this document removes its chunks, its examples and recorded answers that cite it, takes its rows out of sealed batches, and leaves these adapters trained on what is gone:",
        "删除此文档将移除其片段、样例以及引用它的对话记录，并从已封存批次中删除相应行；以下适配器曾以其内容训练：");
    public static readonly Phrase ReachCounts = new("{0} chunks, {1} examples, {2} batches, {3} adapters", "{0} 个片段、{1} 个样例、{2} 个批次、{3} 个适配器");
    public static readonly Phrase ReachUnknown = new("The trainer cannot be asked now which adapters learned from it.", "目前无法向训练服务查询哪些适配器学过它。");
    public static readonly Phrase Delete = new("Delete …", "删除…");
    public static readonly Phrase DeleteYes = new("Delete the document and all of this", "删除文档及以上全部内容");
}
