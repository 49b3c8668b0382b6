using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>What all runners of an application share.</summary>
internal sealed record HostContext(
    ResourceNotificationService Notifications, ResourceLoggerService Logs, Watchdog Watchdog, ResourceEnvironment Environment,
    OrchestratorOptions Options, HealthCheckService Checks, TimeProvider Clock, ILoggerFactory Loggers);
