using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A logger whose lines stand in a resource's console log.</summary>
internal sealed class ResourceLogger(ResourceLoggerService logs, string resourceName) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string text = formatter(state, exception);
        logs.Append(resourceName, exception is null ? text : $"{text}\n{exception}", logLevel >= LogLevel.Error);
    }
}
