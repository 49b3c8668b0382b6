using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Aspire.Hosting.Orchestration;

namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's entry point, run for a test that may look at the builder before it builds.</summary>
internal sealed class EntryPointRun(string[] args, Action<DistributedApplicationOptions>? configure) : IDisposable
{
    private static readonly AsyncLocal<EntryPointRun?> Ambient = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _building = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _mayBuild = new();
    private DistributedApplicationBuilder? _own;

    /// <summary>The test on whose behalf the current code runs, if any.</summary>
    public static EntryPointRun? Current => Ambient.Value;

    /// <summary>What holds for every application under test, unless its arguments say otherwise.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings =>
        args.Any(argument => argument.Contains(OrchestratorOptions.RandomizePortsKey, StringComparison.Ordinal))
            ? []
            : [new(OrchestratorOptions.RandomizePortsKey, "true")];

    /// <summary>Runs the entry point of <paramref name="assembly"/> up to where it builds.</summary>
    public async Task<DistributedApplicationBuilder> StartAsync(Assembly assembly, CancellationToken cancellationToken)
    {
        MethodInfo entryPoint = assembly.EntryPoint ?? throw new InvalidOperationException(
            $"{assembly.GetName().Name} has no entry point; name a type of the AppHost's assembly, such as Projects.AppHost.");
        Ambient.Value = this;
        var thread = new Thread(() => Run(entryPoint)) { IsBackground = true, Name = "AppHost entry point" };
        thread.Start();
        Ambient.Value = null;
        return await _building.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Makes a builder that no entry point has put anything into.</summary>
    public DistributedApplicationBuilder CreateBuilder()
    {
        Ambient.Value = this;
        try
        {
            return _own = new DistributedApplicationBuilder(args);
        }
        finally
        {
            Ambient.Value = null;
        }
    }

    /// <summary>Lets the entry point go on.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The application goes to the caller.")]
    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.Set();
        return _own?.Build() ?? await _built.Task.WaitAsync(cancellationToken);
    }

    public void OnConstructing(DistributedApplicationOptions options)
    {
        options.DisableDashboard = true;
        options.AllowUnsecuredTransport = true;
        options.EnableResourceLogging = true;
        configure?.Invoke(options);
    }

    public void OnBuilding(DistributedApplicationBuilder builder)
    {
        _building.TrySetResult(builder);
        _mayBuild.Wait();
    }

    public void OnBuilt(DistributedApplication application) => _built.TrySetResult(application);

    public void Dispose() => _mayBuild.Set();

    private void Run(MethodInfo entryPoint)
    {
        try
        {
            object? result = entryPoint.Invoke(null, entryPoint.GetParameters().Length == 0 ? null : [args]);
            if (result is Task task)
            {
                task.GetAwaiter().GetResult();
            }

            Fail(new InvalidOperationException("The AppHost's entry point ended without having built an application."));
        }
        catch (TargetInvocationException e)
        {
            Fail(e.InnerException ?? e);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    // Without effect on what has been reached already.
    private void Fail(Exception reason)
    {
        _building.TrySetException(reason);
        _built.TrySetException(reason);
    }
}
