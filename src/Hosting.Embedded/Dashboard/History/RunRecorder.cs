using System.Globalization;
using System.IO.Compression;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.Data.Sqlite;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>Writes what a run tells into its file, from a thread of its own: nobody who delivers ever waits for the disk.</summary>
internal sealed class RunRecorder : IDeliveryRecorder, IAsyncDisposable
{
    private const int PendingMax = 4_096;
    private const long PendingBytesMax = 64L * 1024 * 1024;
    private const int BatchMax = 512;
    private static readonly TimeSpan BatchPause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(new BoundedChannelOptions(PendingMax) { SingleReader = true });
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly long _deliveryBytesMax;
    private readonly int _linesMax;
    private readonly Action<Exception> _onFault;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _writing;
    private long _pendingBytes;
    private long _keptBytes;
    private long _droppedCount;
    private long _writtenCount;

    /// <param name="path">The run's file; it must not exist.</param>
    /// <param name="onFault">Told once when the file cannot be written any more; the run goes on without a history.</param>
    public RunRecorder(
        string path, TimeProvider clock, Action<Exception> onFault, long deliveryBytesMax = 64L * 1024 * 1024, int linesMax = 50_000)
    {
        _path = path;
        _clock = clock;
        _onFault = onFault;
        _deliveryBytesMax = deliveryBytesMax;
        _linesMax = linesMax;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>What could not be kept because the disk was too slow.</summary>
    public long DroppedCount => Volatile.Read(ref _droppedCount);

    /// <summary>What is in the file.</summary>
    public long WrittenCount => Volatile.Read(ref _writtenCount);

    public void Record(OtlpSignal signal, ReadOnlySpan<byte> request)
    {
        if (Volatile.Read(ref _pendingBytes) + request.Length <= PendingBytesMax)
        {
            Enqueue(new Delivery(signal, Now(), request.ToArray()), request.Length);
        }
        else
        {
            Interlocked.Increment(ref _droppedCount);
        }
    }

    public void Record(ConsoleLine line) => Enqueue(new Line(line), line.Content.Length);

    public void Record(ResourceEvent one) => Enqueue(new State(one.ResourceId, PastResource.ToJson(one)), 0);

    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        await _end.CancelAsync();
        await _writing;
        _end.Dispose();
    }

    private void Enqueue(Item item, int bytes)
    {
        if (_items.Writer.TryWrite(item))
        {
            Interlocked.Add(ref _pendingBytes, bytes);
        }
        else
        {
            Interlocked.Increment(ref _droppedCount);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            using SqliteConnection connection = RunFile.Create(_path);
            while (await _items.Reader.WaitToReadAsync())
            {
                WriteBatch(connection);

                // A moment to gather: a commit an item would wear the disk and gain nothing.
                await Task.Delay(BatchPause, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            _items.Writer.TryComplete();
            _onFault(e);
        }
    }

    private void WriteBatch(SqliteConnection connection)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        long lastLine = 0, lastDelivery = 0;
        int count = 0;
        for (; count < BatchMax && _items.Reader.TryRead(out Item? item); count++)
        {
            switch (item)
            {
                case Delivery delivery:
                    byte[] body = Zip(delivery.Body);
                    lastDelivery = Insert(
                        connection, "INSERT INTO deliveries (signal, time, body) VALUES ($a, $b, $c) RETURNING id", (int)delivery.Signal, delivery.Time, body);
                    _keptBytes += body.Length;
                    Interlocked.Add(ref _pendingBytes, -delivery.Body.Length);
                    break;
                case Line { Of: var line }:
                    lastLine = Insert(
                        connection, "INSERT INTO lines (resource, time, is_error, content) VALUES ($a, $b, $c, $d) RETURNING id", line.Resource,
                        line.Time.ToUnixTimeMilliseconds(), line.IsError, line.Content);
                    Interlocked.Add(ref _pendingBytes, -line.Content.Length);
                    break;
                case State state:
                    Insert(connection, "INSERT OR REPLACE INTO resources (id, json) VALUES ($a, $b) RETURNING 1", state.Id, state.Json);
                    break;
            }
        }

        if (lastLine > _linesMax)
        {
            Insert(connection, "DELETE FROM lines WHERE id <= $a RETURNING 1", lastLine - _linesMax);
        }

        while (_keptBytes > _deliveryBytesMax && lastDelivery > 0)
        {
            // The oldest tenth, so that this is seldom.
            long freed = Insert(
                connection,
                "SELECT coalesce(sum(length(body)), 0) FROM (SELECT body FROM deliveries ORDER BY id LIMIT (SELECT 1 + count(*) / 10 FROM deliveries))");
            Insert(connection, "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT (SELECT 1 + count(*) / 10 FROM deliveries)) RETURNING 1");
            _keptBytes -= freed;
            if (freed == 0)
            {
                break;
            }
        }

        transaction.Commit();
        Interlocked.Add(ref _writtenCount, count);
    }

    private static long Insert(SqliteConnection connection, string sql, params object[] values)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants above; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (char)('a' + i), values[i]);
        }

        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, CultureInfo.InvariantCulture);
    }

    private static byte[] Zip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            zip.Write(body);
        }

        return packed.ToArray();
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private abstract record Item;

    private sealed record Delivery(OtlpSignal Signal, long Time, byte[] Body) : Item;

    private sealed record Line(ConsoleLine Of) : Item;

    private sealed record State(string Id, string Json) : Item;
}
