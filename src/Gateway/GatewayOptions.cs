namespace Ratchet.Gateway;

/// <summary>Settings of the gateway, section "Gateway" of the configuration.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>The alias that `model: auto` means.</summary>
    public string Alias { get; set; } = "latest";

    /// <summary>Collection that is searched where the request names none; null for all.</summary>
    public string? Collection { get; set; }

    /// <summary>Chunks put into a prompt where the request does not say.</summary>
    public int TopK { get; set; } = 2;

    /// <summary>
    /// Temperature of an answer whose request says neither temperature nor top_p; null leaves OpenAI's 1. Answers from
    /// documents want the likeliest words, and small models wander without them.
    /// </summary>
    public float? Temperature { get; set; } = 0;

    /// <summary>
    /// Whether the base answers while no server has the adapter that an alias holds; the reply then says so in <c>model</c> and in
    /// <c>x_ratchet.fallback</c>. Else such a request gets a 503 and may be sent again.
    /// </summary>
    public bool FallbackToBase { get; set; }

    /// <summary>
    /// Other OpenAI-compatible servers, asked in this order where the model's servers fail and the request named no exact model.
    /// What goes to them leaves this installation, passages of documents included.
    /// </summary>
    public List<FallbackServer> Fallbacks { get; set; } = [];

    /// <summary>Host names, besides those of this machine, under which the gateway may be asked.</summary>
    public string[] Hosts { get; set; } = [];

    /// <summary>Origins, besides the gateway's own, whose pages may send requests.</summary>
    public string[] Origins { get; set; } = [];

    /// <summary>Whether requests need a key; null: as soon as the gateway listens on more than this machine.</summary>
    public bool? RequireKeys { get; set; }

    /// <summary>Keys of people and programs.</summary>
    public List<GatewayKey> Keys { get; set; } = [];

    /// <summary>What every key may ask for in a minute.</summary>
    public GatewayLimits Limits { get; set; } = new();

    /// <summary>Chats answered at the same time; more are asked to come back.</summary>
    public int ChatsInFlightMax { get; set; } = 256;

    /// <summary>How often a model is asked for one request whose functions the gateway runs; at the last it must answer.</summary>
    public int ToolRoundsMax { get; set; } = 8;

    /// <summary>Functions that are called for one such request.</summary>
    public int ToolCallsMax { get; set; } = 16;

    /// <summary>Messages of one conversation.</summary>
    public int MessagesMax { get; set; } = 1000;

    /// <summary>Bytes of a JSON body.</summary>
    public long JsonBytesMax { get; set; } = 16L << 20;

    /// <summary>Bytes of an uploaded document or examples file.</summary>
    public long DocumentBytesMax { get; set; } = 128L << 20;

    /// <summary>Bytes of an uploaded training file; OpenAI takes as much.</summary>
    public long FileBytesMax { get; set; } = 512L << 20;

    /// <summary>How long a recorded answer is kept.</summary>
    public TimeSpan ChatsKept { get; set; } = TimeSpan.FromDays(90);
}

/// <summary>A key as configured: its hash, never itself.</summary>
public sealed class GatewayKey
{
    public string Name { get; set; } = "";

    /// <summary>reader, curator or operator.</summary>
    public string Role { get; set; } = "reader";

    /// <summary>SHA-256 of the key in hex, as `make-key` prints it.</summary>
    public string Hash { get; set; } = "";

    /// <summary>In the place of Limits:RequestsPerMinute, for this key; 0 for no limit.</summary>
    public long? RequestsPerMinute { get; set; }

    /// <summary>In the place of Limits:TokensPerMinute, for this key; 0 for no limit.</summary>
    public long? TokensPerMinute { get; set; }
}

/// <summary>Limits per minute. Null: none on this machine alone, the usual ones where keys are needed. 0: none at all.</summary>
public sealed class GatewayLimits
{
    public const long RequestsUsual = 600;
    public const long TokensUsual = 1_000_000;

    public long? RequestsPerMinute { get; set; }

    public long? TokensPerMinute { get; set; }
}

/// <summary>A server that answers where ours cannot.</summary>
public sealed class FallbackServer
{
    /// <summary>For example http://ollama:11434 or https://api.openai.com.</summary>
    public string Url { get; set; } = "";

    /// <summary>What that server calls the model.</summary>
    public string Model { get; set; } = "";

    /// <summary>Sent as "Authorization: Bearer"; null for none.</summary>
    public string? ApiKey { get; set; }
}
