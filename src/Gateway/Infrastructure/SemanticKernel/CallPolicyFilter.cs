using System.Text.Json;
using Microsoft.SemanticKernel;
using Ratchet.Contracts.Trainer;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Records;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>
/// Lets a function be called only in the name of somebody who may do so by hand, and records every call before it is made.
/// A refusal and a failure are told to the model in words: it can say so, or try another way.
/// </summary>
internal sealed class CallPolicyFilter(KernelSession session, AuditLog audit, int callsMax) : IFunctionInvocationFilter
{
    private const string Done = "done";
    private const string Refused = "refused";
    private const string Failed = "failed";

    // What is not named here is for operators only.
    private static readonly Dictionary<string, Role> Roles = new(StringComparer.Ordinal)
    {
        [$"{KnowledgePlugin.Name}.{KnowledgePlugin.Search}"] = Role.Reader,
        [$"{KnowledgePlugin.Name}.{KnowledgePlugin.Ask}"] = Role.Reader,
        [$"{KnowledgePlugin.Name}.{KnowledgePlugin.Cite}"] = Role.Reader,
        [$"{TrainerPlugin.Name}.{TrainerPlugin.Status}"] = Role.Reader,
        [$"{TrainerPlugin.Name}.{TrainerPlugin.ListAdapters}"] = Role.Reader,
    };

    public async Task OnFunctionInvocationAsync(FunctionInvocationContext context, Func<FunctionInvocationContext, Task> next)
    {
        // A prompt is no function of a plugin; its own filter records it.
        if (context.Function.PluginName is not { Length: > 0 } plugin)
        {
            await next(context);
            return;
        }

        string action = $"{plugin}.{context.Function.Name}";
        string arguments = JsonSerializer.Serialize(context.Arguments.ToDictionary(argument => argument.Key, argument => argument.Value?.ToString()));
        long entry = audit.Begin(session.Caller.Name, Word(session.Caller.Role), action, arguments);
        if (Refusal(action) is { } refusal)
        {
            Finish(context, entry, action, arguments, Refused, refusal);
            return;
        }

        try
        {
            await next(context);
            Complete(entry, action, arguments, Done, context.Result.GetValue<object>()?.ToString() ?? "");
        }
        catch (Exception failure) when (failure is ApiException or HttpRequestException or TrainerException or ArgumentException)
        {
            Finish(context, entry, action, arguments, Failed, $"Failed: {failure.Message}");
        }
        catch (Exception failure)
        {
            Complete(entry, action, arguments, Failed, failure.Message);
            throw;
        }
    }

    private string? Refusal(string action)
    {
        if (session.Uses.Count >= callsMax)
        {
            return $"Refused: {callsMax} functions were called for this request, which is the limit. Answer with what you have.";
        }

        Role wanted = Roles.GetValueOrDefault(action, Role.Operator);
        return session.Caller.Role >= wanted ? null
            : $"Refused: {action} wants the role {Word(wanted)}, and '{session.Caller.Name}' has {Word(session.Caller.Role)}. Nothing was "
                + "changed. Tell the user so; do not try again.";
    }

    private void Finish(FunctionInvocationContext context, long entry, string action, string arguments, string outcome, string text)
    {
        context.Result = new FunctionResult(context.Function, text);
        Complete(entry, action, arguments, outcome, text);
    }

    private void Complete(long entry, string action, string arguments, string outcome, string detail)
    {
        session.Uses.Add(new ToolUse(action, arguments, outcome));
        audit.Complete(entry, outcome, detail);
    }

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}
