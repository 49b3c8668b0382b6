namespace Ratchet.Engine.Tokenization;

/// <summary>How a model was taught to call tools; its chat template shows it.</summary>
public enum ToolCallForm
{
    /// <summary>The template has no place for tools.</summary>
    None,

    /// <summary>JSON with name and arguments between the tags tool_call, as Hermes, Qwen2.5 and Qwen3 write it.</summary>
    Tagged,

    /// <summary>The whole answer is JSON with name and parameters, as Llama 3.1 to 3.3 write it.</summary>
    BareJson,

    /// <summary>The template takes tools, but writes calls in a form that is not read here.</summary>
    Other,
}
