using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Adapters;

/// <summary>Texts of an adapter's exports.</summary>
public static class ExportStrings
{
    public static readonly Phrase Exports = new("Exports", "导出");
    public static readonly Phrase Lead = new(
        "Files of this adapter for other programs. Each export is read again and compared with what is served here before it can be downloaded.",
        "供其他程序使用的适配器文件。每次导出都会重新读取，并与此处提供服务的模型比较，之后才能下载。");
    public static readonly Phrase Ask = new("New export", "新建导出");
    public static readonly Phrase Format = new("Form", "形式");
    public static readonly Phrase Type = new("Numbers of the weights", "权重数值类型");
    public static readonly Phrase TypeUsual = new("the form's usual ones", "该形式的常用类型");
    public static readonly Phrase TypeHelp = new(
        "F32 keeps every bit; Q8_0 is a quarter of the size and close; Q4_K is an eighth and differs noticeably.",
        "F32 保留全部精度；Q8_0 约为四分之一大小且接近；Q4_K 约为八分之一，差异可以察觉。");
    public static readonly Phrase System = new("System text for Ollama", "Ollama 的系统文本");
    public static readonly Phrase SystemHelp = new("Only for Ollama. Empty: what the chat template says.", "仅用于 Ollama。留空则使用对话模板的内容。");
    public static readonly Phrase Start = new("Export", "导出");
    public static readonly Phrase StartBusy = new("Asking …", "正在提交…");

    public static readonly Phrase Peft = new("PEFT folder, for Hugging Face and vLLM", "PEFT 文件夹，用于 Hugging Face 和 vLLM");
    public static readonly Phrase Safetensors = new("whole model, safetensors folder", "完整模型，safetensors 文件夹");
    public static readonly Phrase Gguf = new("whole model, GGUF file, for llama.cpp", "完整模型，GGUF 文件，用于 llama.cpp");
    public static readonly Phrase GgufAdapter = new("adapter alone, GGUF file, for llama.cpp", "仅适配器，GGUF 文件，用于 llama.cpp");
    public static readonly Phrase Ollama = new("Ollama: Modelfile and what it needs", "Ollama：Modelfile 及所需文件");

    public static readonly Phrase None = new(
        "Nothing has been exported yet. Choose a form above; making one takes seconds to minutes.", "尚无导出。请在上方选择一种形式，生成需要数秒至数分钟。");
    public static readonly Phrase Running = new("in the making", "生成中");
    public static readonly Phrase RunningLead = new(
        "Written, read again and compared, one export after another. It goes on also when you leave this page.",
        "依次写入、重新读取并比较，逐个进行。离开此页面也会继续。");
    public static readonly Phrase Asked = new("asked for", "提交于");
    public static readonly Phrase Refresh = new("Look again", "刷新");
    public static readonly Phrase Succeeded = new("ready", "就绪");
    public static readonly Phrase Failed = new("not made", "未生成");
    public static readonly Phrase FailedLead = new("Change the request above to what it says, and export again.", "请按提示修改上方的请求后重新导出。");
    public static readonly Phrase Files = new("Files", "文件");
    public static readonly Phrase File = new("File", "文件名");
    public static readonly Phrase Size = new("Size", "大小");
    public static readonly Phrase Sum = new("SHA-256", "SHA-256");
    public static readonly Phrase Download = new("Download", "下载");
    public static readonly Phrase DownloadOf = new("Download {0}", "下载 {0}");
    public static readonly Phrase Notes = new("What other programs do otherwise", "其他程序的不同之处");

    public static readonly Phrase Parity = new("Compared with what is served", "与所提供服务的比较");
    public static readonly Phrase ParitySame = new("answers alike", "回答一致");
    public static readonly Phrase ParityNear = new("answers nearly alike", "回答基本一致");
    public static readonly Phrase ParityFar = new("answers otherwise", "回答不同");
    public static readonly Phrase SameBest = new("same next token", "下一词元相同");
    public static readonly Phrase SameBestOf = new("{0} % of {1} positions", "{1} 个位置中的 {0}%");
    public static readonly Phrase Exported = new("largest difference of a logit", "logit 最大差异");
    public static readonly Phrase Effect = new("what the adapter itself changes", "适配器本身带来的变化");
    public static readonly Phrase Merged = new("of it by merging", "其中由合并引起");
    public static readonly Phrase Error = new("squared error, relative", "相对平方误差");
    public static readonly Phrase Change = new("largest change of a weight by merging", "合并引起的权重最大变化");
    public static readonly Phrase Difference = new("largest change of a weight by storing", "存储引起的权重最大变化");
    public static readonly Phrase InTensor = new("{0} in {1}", "{0}，位于 {1}");
}
