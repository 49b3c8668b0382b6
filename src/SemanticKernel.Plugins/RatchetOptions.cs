namespace Ratchet.SemanticKernel.Plugins;

/// <summary>How a kernel uses a gateway.</summary>
public sealed class RatchetOptions
{
    /// <summary>The gateway's key, as <c>make-key</c> printed it; null where the gateway wants none.</summary>
    public string? Key { get; set; }

    /// <summary>The collection that is searched where the model names none; null for all.</summary>
    public string? Collection { get; set; }

    /// <summary>The model that <c>ask</c> is answered by: <c>auto</c>, <c>base</c>, an alias or an exact id.</summary>
    public string Model { get; set; } = "auto";

    /// <summary>The alias that <c>promote</c> and <c>roll_back</c> move.</summary>
    public string Alias { get; set; } = "latest";

    /// <summary>
    /// Whether the model is offered the functions that change what serves: <c>start_cycle</c>, <c>promote</c> and
    /// <c>roll_back</c>. The gateway also asks the role operator of the key.
    /// </summary>
    public bool AllowChanges { get; set; }

    /// <summary>How long one call may take; an answer written on a processor takes its time.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Sends the requests in place of a handler of the plugin's own, for example to go through a proxy. Not disposed of.</summary>
    public HttpMessageHandler? Handler { get; set; }
}
