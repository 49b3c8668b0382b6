using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Operation;

/// <summary>Texts of the system page and of the login.</summary>
public static class OperationStrings
{
    public static readonly Phrase Service = new("Service", "服务");
    public static readonly Phrase Health = new("Health", "健康");
    public static readonly Phrase Says = new("It says", "详情");
    public static readonly Phrase Versions = new("Versions", "版本");
    public static readonly Phrase BaseModel = new("Base model", "基础模型");
    public static readonly Phrase Runtime = new("Runtime", "运行时");
    public static readonly Phrase Machine = new("Machine", "机器");
    public static readonly Phrase Cores = new("{0} cores, {1}", "{0} 核，{1}");
    public static readonly Phrase Memory = new("Memory of the gateway", "网关内存");
    public static readonly Phrase Uptime = new("Running for", "已运行");
    public static readonly Phrase Models = new("Models that can be asked for", "可用模型");
    public static readonly Phrase Access = new("Access", "访问");
    public static readonly Phrase KeysRequired = new("Every request needs a key; {0} keys are configured.", "所有请求都需要密钥；已配置 {0} 个密钥。");
    public static readonly Phrase LocalOnly = new("Only this machine is answered, without keys.", "仅响应本机请求，无需密钥。");
    public static readonly Phrase Limits = new("Limits", "限制");
    public static readonly Phrase LimitChats = new("Chats at a time", "同时对话数");
    public static readonly Phrase LimitDocument = new("Document upload", "文档上传");
    public static readonly Phrase LimitFile = new("Training file", "训练文件");
    public static readonly Phrase LimitTopK = new("Chunks put into a prompt", "提示中的片段数");
    public static readonly Phrase Megabytes = new("{0} MB", "{0} MB");
    public static readonly Phrase ApiTitle = new("For programs", "供程序使用");
    public static readonly Phrase ApiText = new("The same address serves OpenAI's API; any OpenAI client works with this base URL:", "同一地址提供 OpenAI 接口；任何 OpenAI 客户端可使用此基础 URL：");
    public static readonly Phrase LoginTitle = new("A key, please", "请输入密钥");
    public static readonly Phrase LoginText = new(
        "This gateway listens on more than its own machine, so it asks who you are. An operator makes keys.",
        "此网关不仅监听本机，因此需要确认您的身份。密钥由管理员生成。");
    public static readonly Phrase LoginKey = new("Key", "密钥");
    public static readonly Phrase LoginButton = new("Go in", "进入");
    public static readonly Phrase LoginWrong = new("Nobody has this key. Check that all of it was copied.", "没有此密钥。请确认已完整复制。");
}
