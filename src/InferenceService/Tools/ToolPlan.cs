using System.Text.Json;
using System.Text.RegularExpressions;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Tokenization;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.InferenceService.Tools;

/// <summary>The functions that a request offers to the model, and whether it may, must or must not call one.</summary>
internal sealed partial class ToolPlan
{
    private const int ToolsMax = 128;
    private const string ToolsField = "tools";
    private const string ChoiceField = "tool_choice";

    private readonly HashSet<string> _names;

    private ToolPlan(JsonElement tools, HashSet<string> names, ToolCallForm form, string opening, bool isForced, bool takesOne)
    {
        Tools = tools;
        _names = names;
        Form = form;
        Opening = opening;
        IsForced = isForced;
        TakesOne = takesOne;
    }

    /// <summary>The request's list, as the template gets it.</summary>
    public JsonElement Tools { get; }

    public ToolCallForm Form { get; }

    /// <summary>What the model is made to begin with; empty where it may choose.</summary>
    public string Opening { get; }

    /// <summary>Whether an answer without a call is no answer.</summary>
    public bool IsForced { get; }

    /// <summary>Whether writing ends with the first call.</summary>
    public bool TakesOne { get; }

    public bool Offers(string name) => _names.Contains(name);

    /// <summary>Reads tools, tool_choice and parallel_tool_calls.</summary>
    /// <returns>Null where the model is not to know of any function.</returns>
    /// <exception cref="ApiException">400: a field is not usable, or the model cannot call functions.</exception>
    public static ToolPlan? Read(ChatCompletionRequest request, ToolCallForm form, string model)
    {
        ArgumentNullException.ThrowIfNull(request);
        HashSet<string> names = ReadNames(request.Tools);
        (string choice, string? forced) = ReadChoice(request.ToolChoice, names);
        bool hasCalls = request.Messages?.Any(message => message?.ToolCalls is { ValueKind: JsonValueKind.Array }) == true;
        if ((names.Count > 0 && choice != "none") || hasCalls)
        {
            Require(form, model, hasCalls && names.Count == 0 ? "messages" : ToolsField);
        }

        if (names.Count == 0 || choice == "none")
        {
            return null;
        }

        bool isForced = choice == "required" || forced is not null;
        return new ToolPlan(
            request.Tools!.Value, names, form, isForced ? OpeningOf(form, forced ?? (names.Count == 1 ? names.First() : null)) : "",
            isForced, isForced || request.ParallelToolCalls == false);
    }

    private static void Require(ToolCallForm form, string model, string param)
    {
        if (form is ToolCallForm.Tagged or ToolCallForm.BareJson)
        {
            return;
        }

        string why = form == ToolCallForm.None
            ? "its chat template has no place for tools"
            : "its chat template has calls written in a form that is not read here";
        throw new ApiException(
            400, "tools_not_supported",
            $"The model '{model}' cannot call tools: {why}. Use a model that was taught to (Qwen2.5, Qwen3, Llama 3.1 and later), or "
            + "leave tools out; with \"tool_choice\": \"none\" they are passed over.",
            param);
    }

    private static HashSet<string> ReadNames(JsonElement? tools)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (tools is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined })
        {
            return names;
        }

        if (tools.Value.ValueKind != JsonValueKind.Array || tools.Value.GetArrayLength() > ToolsMax)
        {
            throw ApiException.BadField(ToolsField, $"tools must be a list of at most {ToolsMax} functions.");
        }

        int index = 0;
        foreach (JsonElement tool in tools.Value.EnumerateArray())
        {
            string place = $"{ToolsField}[{index++}]";
            if (tool.ValueKind != JsonValueKind.Object || Text(tool, "type") is not "function"
                || !tool.TryGetProperty("function", out JsonElement function) || function.ValueKind != JsonValueKind.Object)
            {
                throw ApiException.BadField(
                    place, $"{place} must be {{\"type\": \"function\", \"function\": {{\"name\": ..., \"parameters\": ...}}}}.");
            }

            if (Text(function, "name") is not { } name || !Name().IsMatch(name))
            {
                throw ApiException.BadField(
                    $"{place}.function.name",
                    $"{place}.function.name is '{Text(function, "name")}'; it must have 1 to 64 letters, digits, '_' or '-'.");
            }

            if (function.TryGetProperty("parameters", out JsonElement parameters)
                && parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
            {
                throw ApiException.BadField(
                    $"{place}.function.parameters", $"{place}.function.parameters must be a JSON schema, an object.");
            }

            if (!names.Add(name))
            {
                throw ApiException.BadField($"{place}.function.name", $"{place}.function.name is '{name}', as another's; names must differ.");
            }
        }

        return names;
    }

    private static (string Choice, string? Forced) ReadChoice(JsonElement? choice, HashSet<string> names) => choice?.ValueKind switch
    {
        null or JsonValueKind.Null or JsonValueKind.Undefined => ("auto", null),
        JsonValueKind.String when choice.Value.GetString() is "none" or "auto" => (choice.Value.GetString()!, null),
        JsonValueKind.String when choice.Value.GetString() is "required" => names.Count > 0
            ? ("required", null)
            : throw ApiException.BadField(ChoiceField, "tool_choice is 'required', but tools names no function."),
        JsonValueKind.Object when choice.Value.TryGetProperty("function", out JsonElement function)
            && function.ValueKind == JsonValueKind.Object && Text(function, "name") is { } name => names.Contains(name)
            ? ("function", name)
            : throw ApiException.BadField(
                ChoiceField, $"tool_choice names the function '{name}', and tools has no such function."),
        _ => throw ApiException.BadField(
            ChoiceField, "tool_choice must be \"none\", \"auto\", \"required\", or {\"type\": \"function\", \"function\": {\"name\": ...}}."),
    };

    // The beginning of a call, up to where the model has something to decide.
    private static string OpeningOf(ToolCallForm form, string? name)
    {
        string start = form == ToolCallForm.Tagged ? $"{ToolCallText.Tag}\n{{\"name\": \"" : "{\"name\": \"";
        return name is null ? start
            : $"{start}{name}\", \"{(form == ToolCallForm.Tagged ? ToolCallText.Arguments : ToolCallText.Parameters)}\": {{";
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex Name();
}
