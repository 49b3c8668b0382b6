using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.SemanticKernel;
using Ratchet.Gateway.Records;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>Records each prompt that the kernel renders, by its hash, and turns away what is too long to be a question.</summary>
internal sealed class PromptAuditFilter(KernelSession session, AuditLog audit) : IPromptRenderFilter
{
    private const int PromptMax = 32_000;

    public async Task OnPromptRenderAsync(PromptRenderContext context, Func<PromptRenderContext, Task> next)
    {
        await next(context);
        string prompt = context.RenderedPrompt ?? "";
        bool isTaken = prompt.Length <= PromptMax;
        long entry = audit.Begin(
            session.Caller.Name, session.Caller.Role.ToString().ToLowerInvariant(), "prompt",
            JsonSerializer.Serialize(new { characters = prompt.Length, sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))) }));
        audit.Complete(entry, isTaken ? "done" : "refused", "");
        if (!isTaken)
        {
            context.Result = new FunctionResult(
                context.Function, $"Refused: the question has {prompt.Length} characters with its frame, and at most {PromptMax} are taken. Ask shorter.");
        }
    }
}
