namespace Ratchet.Datasets;

/// <summary>The two ways in which instruction rows become a prompt.</summary>
public static class InstructionPrompt
{
    /// <summary>The system text that goes with <see cref="UserMessage"/> unless another is set (F20).</summary>
    public const string DefaultSystem = "你是一个有用的AI助手。";

    /// <summary>One text before the completion; the line of the input falls away where there is none (F19).</summary>
    public static string Text(string instruction, string input) => input.Length == 0
        ? $"指令: {instruction}\n输出: "
        : $"指令: {instruction}\n输入: {input}\n输出: ";

    /// <summary>What the user says in a chat: the instruction, then the input on its own line (F20, F22).</summary>
    public static string UserMessage(string instruction, string input) =>
        input.Length == 0 ? instruction : instruction.Length == 0 ? input : $"{instruction}\n{input}";

    /// <summary>The chat of a row with a system text before it, where it has none of its own.</summary>
    public static ConversationRow WithSystem(ConversationRow row, string system = DefaultSystem) =>
        row.Messages is [{ Role: "system" or "developer" }, ..]
            ? row
            : row with { Messages = [new ConversationMessage("system", system), .. row.Messages] };
}
