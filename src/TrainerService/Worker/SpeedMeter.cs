namespace Ratchet.TrainerService.Worker;

/// <summary>Speed over the last steps, so that an estimate follows a machine that got busier.</summary>
internal sealed class SpeedMeter
{
    private const int Window = 10;

    private readonly Queue<(int Tokens, double Seconds)> _steps = new();

    public double TokensPerSecond => _steps.Sum(s => s.Tokens) / Math.Max(1e-9, _steps.Sum(s => s.Seconds));

    public double SecondsPerStep => _steps.Count == 0 ? 0 : _steps.Average(s => s.Seconds);

    public void Add(int tokens, double seconds)
    {
        _steps.Enqueue((tokens, seconds));
        if (_steps.Count > Window)
        {
            _steps.Dequeue();
        }
    }
}
