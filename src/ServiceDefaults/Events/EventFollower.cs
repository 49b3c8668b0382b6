using System.Globalization;
using System.Net.ServerSentEvents;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Events;

/// <summary>
/// Follows another service's events for as long as this one runs. The cursor is on disk and moves after the handler returns,
/// so each event is handled at least once: handlers must be idempotent.
/// </summary>
/// <param name="clientFactory">Makes a client whose base address is the other service; its timeout must be infinite.</param>
/// <param name="cursorPath">A small file in this service's data folder.</param>
/// <param name="handle">Called for one event after the other, in order.</param>
/// <param name="clock">For the pauses between attempts.</param>
/// <param name="logger">Told when the other service goes away and comes back.</param>
public sealed partial class EventFollower(
    Func<HttpClient> clientFactory,
    string cursorPath,
    Func<EventRecord, CancellationToken, Task> handle,
    TimeProvider clock,
    ILogger<EventFollower> logger) : BackgroundService
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);

    /// <summary>Number of the last event handled.</summary>
    public long Cursor { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Cursor = ReadCursor();
        TimeSpan pause = PauseMin;
        bool away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                HttpClient client = clientFactory();
                using HttpResponseMessage response = await client.GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"/events?after={Cursor}"),
                    HttpCompletionOption.ResponseHeadersRead,
                    stoppingToken);
                response.EnsureSuccessStatusCode();
                if (away)
                {
                    LogBack(logger, client.BaseAddress);
                    away = false;
                }

                pause = PauseMin;
                await using Stream stream = await response.Content.ReadAsStreamAsync(stoppingToken);
                await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(stoppingToken))
                {
                    await HandleAsync(item, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                if (!away)
                {
                    LogAway(logger, failure.Message);
                    away = true;
                }
            }
            catch (Exception failure)
            {
                // A handler that fails is given the same event again: to skip it would lose it.
                LogHandlerFailed(logger, failure, Cursor);
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks));
        }
    }

    private async Task HandleAsync(SseItem<string> item, CancellationToken cancellation)
    {
        if (!long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out long seq))
        {
            return;
        }

        await handle(new EventRecord(seq, item.EventType, item.Data, 0), cancellation);
        AtomicFile.WriteAllText(cursorPath, seq.ToString(CultureInfo.InvariantCulture));
        Cursor = seq;
    }

    private long ReadCursor() =>
        File.Exists(cursorPath)
        && long.TryParse(File.ReadAllText(cursorPath), NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
            ? seq
            : 0;

    [LoggerMessage(Level = LogLevel.Warning, Message = "A service's events cannot be followed now ({Reason}); trying again")]
    private static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Events of {Service} are followed again")]
    private static partial void LogBack(ILogger logger, Uri? service);

    [LoggerMessage(Level = LogLevel.Error, Message = "The event after {Cursor} could not be handled; trying it again")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception, long cursor);
}
