using System.Collections;
using System.Text;
using Microsoft.Extensions.AI;

namespace Microsoft.SemanticKernel
{
    public abstract class KernelContent
    {
        public object? InnerContent { get; set; }
    }

    public class ChatMessageContent : KernelContent
    {
        public string? Content { get; set; }
    }

    public abstract class StreamingKernelContent
    {
        public object? InnerContent { get; set; }
    }

    public class StreamingChatMessageContent : StreamingKernelContent
    {
    }

    public static class KernelFunctionInvokingChatClientBuilderExtensions
    {
        public static ChatClientBuilder UseKernelFunctionInvocation(this ChatClientBuilder builder, Extensions.Logging.ILoggerFactory? loggerFactory = null) => throw null!;
    }
}

namespace Microsoft.SemanticKernel.ChatCompletion
{
    public readonly struct AuthorRole
    {
        public static AuthorRole System => throw null!;

        public static AuthorRole User => throw null!;

        public static AuthorRole Assistant => throw null!;
    }

    public class ChatHistory : IEnumerable<ChatMessageContent>
    {
        public ChatHistory(string systemMessage) => throw null!;

        public int Count => throw null!;

        public void AddMessage(AuthorRole authorRole, string content, Encoding? encoding = null, IReadOnlyDictionary<string, object?>? metadata = null) => throw null!;

        IEnumerator<ChatMessageContent> IEnumerable<ChatMessageContent>.GetEnumerator() => throw null!;

        IEnumerator IEnumerable.GetEnumerator() => throw null!;
    }

    public interface IChatCompletionService
    {
        Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default);

        IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default);
    }

    public static class ChatClientExtensions
    {
        public static IChatCompletionService AsChatCompletionService(this IChatClient client, IServiceProvider? serviceProvider = null) => throw null!;
    }

    public static class ChatCompletionServiceExtensions
    {
        public static Task<ChatMessageContent> GetChatMessageContentAsync(this IChatCompletionService chatCompletionService, string prompt, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) => throw null!;

        public static Task<ChatMessageContent> GetChatMessageContentAsync(this IChatCompletionService chatCompletionService, ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) => throw null!;
    }
}
