using System.Collections;
using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Microsoft.SemanticKernel;

[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelFunctionAttribute : Attribute
{
    public KernelFunctionAttribute(string? name) => throw null!;
}

public abstract class KernelFunction
{
    public string Name => throw null!;

    public string? PluginName => throw null!;
}

public sealed class KernelArguments : AIFunctionArguments
{
    public KernelArguments() => throw null!;

    public KernelArguments(PromptExecutionSettings? executionSettings) => throw null!;
}

public sealed class FunctionResult
{
    public FunctionResult(KernelFunction function, object? value = null, CultureInfo? culture = null, IReadOnlyDictionary<string, object?>? metadata = null) => throw null!;

    public T? GetValue<T>() => throw null!;
}

public class FunctionInvocationContext
{
    internal FunctionInvocationContext() => throw null!;

    public KernelFunction Function => throw null!;

    public KernelArguments Arguments => throw null!;

    public FunctionResult Result { get; set; }
}

public interface IFunctionInvocationFilter
{
    Task OnFunctionInvocationAsync(FunctionInvocationContext context, Func<FunctionInvocationContext, Task> next);
}

public sealed class PromptRenderContext
{
    internal PromptRenderContext() => throw null!;

    public KernelFunction Function => throw null!;

    public string? RenderedPrompt { get; set; }

    public FunctionResult? Result { get; set; }
}

public interface IPromptRenderFilter
{
    Task OnPromptRenderAsync(PromptRenderContext context, Func<PromptRenderContext, Task> next);
}

public abstract class FunctionChoiceBehavior
{
    public static FunctionChoiceBehavior Auto(IEnumerable<KernelFunction>? functions = null, bool autoInvoke = true, FunctionChoiceBehaviorOptions? options = null) => throw null!;
}

public sealed class FunctionChoiceBehaviorOptions
{
}

public class PromptExecutionSettings
{
    public PromptExecutionSettings() => throw null!;

    public string? ModelId { get; set; }

    public FunctionChoiceBehavior? FunctionChoiceBehavior { get; set; }

    public IDictionary<string, object>? ExtensionData { get; set; }
}

public abstract class KernelPlugin : IEnumerable<KernelFunction>
{
    public string Name => throw null!;

    public IEnumerator<KernelFunction> GetEnumerator() => throw null!;

    IEnumerator IEnumerable.GetEnumerator() => throw null!;
}

public sealed class KernelPluginCollection : ICollection<KernelPlugin>
{
    public int Count => throw null!;

    public KernelPlugin this[string name] => throw null!;

    bool ICollection<KernelPlugin>.IsReadOnly => throw null!;

    public void Add(KernelPlugin plugin) => throw null!;

    public bool Remove(KernelPlugin plugin) => throw null!;

    public void Clear() => throw null!;

    public IEnumerator<KernelPlugin> GetEnumerator() => throw null!;

    public bool Contains(KernelPlugin plugin) => throw null!;

    IEnumerator IEnumerable.GetEnumerator() => throw null!;

    void ICollection<KernelPlugin>.CopyTo(KernelPlugin[] array, int arrayIndex) => throw null!;
}

public static class KernelFunctionFactory
{
    public static KernelFunction CreateFromMethod(Delegate method, string? functionName = null, string? description = null, IEnumerable<KernelParameterMetadata>? parameters = null, KernelReturnParameterMetadata? returnParameter = null, ILoggerFactory? loggerFactory = null) => throw null!;
}

public sealed class KernelParameterMetadata
{
}

public sealed class KernelReturnParameterMetadata
{
}

public static class KernelPluginFactory
{
    public static KernelPlugin CreateFromFunctions(string pluginName, string? description = null, IEnumerable<KernelFunction>? functions = null) => throw null!;
}
