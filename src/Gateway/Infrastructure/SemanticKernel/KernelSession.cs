using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Chat;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>In whose name a kernel acts, and what it has done so far.</summary>
/// <param name="Caller">Whose role decides what functions may do.</param>
/// <param name="Site">Scheme and host that links point to, for example http://localhost:5380.</param>
public sealed record KernelSession(Caller Caller, string Site)
{
    /// <summary>Passages that functions found: an answer made of them cites them, and is forgotten with them.</summary>
    public ToolFindings Findings { get; } = new();

    /// <summary>The functions that were called, in order.</summary>
    public List<ToolUse> Uses { get; } = [];

    /// <summary>The last whole answer as it was on the wire.</summary>
    public JsonObject? LastAnswer { get; set; }

    /// <summary>Tokens of all that the model was asked.</summary>
    public UsageDetails Usage { get; } = new();
}

/// <summary>A call and what came of it.</summary>
/// <param name="Name">plugin.function.</param>
/// <param name="Outcome">done, refused or failed.</param>
public sealed record ToolUse(string Name, string Arguments, string Outcome);
