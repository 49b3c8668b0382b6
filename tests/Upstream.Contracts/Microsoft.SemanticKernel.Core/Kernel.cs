using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.SemanticKernel;

public interface IKernelBuilder
{
    IServiceCollection Services { get; }

    IKernelBuilderPlugins Plugins { get; }
}

public interface IKernelBuilderPlugins
{
    IServiceCollection Services { get; }
}

public interface IPromptTemplateFactory
{
}

public class PromptTemplateConfig
{
}

public sealed class Kernel
{
    public Kernel(IServiceProvider? services = null, KernelPluginCollection? plugins = null) => throw null!;

    public KernelPluginCollection Plugins => throw null!;

    public static IKernelBuilder CreateBuilder() => throw null!;

    public T GetRequiredService<T>(object? serviceKey = null)
        where T : class => throw null!;

    public Task<TResult?> InvokeAsync<TResult>(string? pluginName, string functionName, KernelArguments? arguments = null, CancellationToken cancellationToken = default) => throw null!;
}

public static class KernelExtensions
{
    public static IKernelBuilderPlugins AddFromObject(this IKernelBuilderPlugins plugins, object target, string? pluginName = null) => throw null!;

    public static Task<T?> InvokePromptAsync<T>(this Kernel kernel, string promptTemplate, KernelArguments? arguments = null, string? templateFormat = null, IPromptTemplateFactory? promptTemplateFactory = null, PromptTemplateConfig? promptTemplateConfig = null, CancellationToken cancellationToken = default) => throw null!;

    public static Kernel Build(this IKernelBuilder builder) => throw null!;
}
