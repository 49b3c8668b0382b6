using Ratchet.TrainerService.Infrastructure.Processes;

namespace Ratchet.TrainerService.Worker;

/// <summary>The tie between a worker and its service: orders come in, signs of life go out, and its tear ends the worker.</summary>
public sealed class WorkerLeash : IDisposable
{
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OrphanPatience = TimeSpan.FromSeconds(10);

    private readonly TextWriter _signs;
    private readonly Timer _pulse;
    private volatile bool _stopRequested;

    /// <param name="orders">Lines of orders; its end means that the service is gone.</param>
    /// <param name="signs">A line for each sign of life.</param>
    /// <param name="abandon">Ends the process, called when an orphan has not left by itself in time.</param>
    public WorkerLeash(TextReader orders, TextWriter signs, Action abandon)
    {
        _signs = TextWriter.Synchronized(signs);
        _pulse = new Timer(_ => Sign(), null, Pulse, Pulse);
        new Thread(() => Read(orders, abandon)) { IsBackground = true, Name = "orders" }.Start();
    }

    /// <summary>The service wants an orderly end, or is gone.</summary>
    public bool StopRequested => _stopRequested;

    /// <summary>Tells the service that something new stands in the folder.</summary>
    public void Sign()
    {
        try
        {
            _signs.WriteLine('.');
            _signs.Flush();
        }
        catch (IOException)
        {
            // Nobody listens any more; the end of the orders says the same and is acted on.
        }
    }

    public void Dispose() => _pulse.Dispose();

    private void Read(TextReader orders, Action abandon)
    {
        while (orders.ReadLine() is { } order)
        {
            if (order == WorkerProcess.StopOrder)
            {
                _stopRequested = true;
            }
        }

        if (_stopRequested)
        {
            return;
        }

        _stopRequested = true;
        Thread.Sleep(OrphanPatience);
        abandon();
    }
}
