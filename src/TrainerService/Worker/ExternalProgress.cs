using System.Globalization;
using System.Text.RegularExpressions;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Worker;

/// <summary>Turns what a trainer outside prints and logs into the events and metrics of its job.</summary>
/// <remarks>
/// The printed row has the gradient's norm, the logged one the step; they belong together where their epochs agree, and either may
/// come first. Without a log, printed rows are counted: they come every so many steps.
/// </remarks>
internal sealed partial class ExternalProgress
{
    private const int MessageLengthMax = 1000;
    private const int MessagesMax = 2000;
    private const int BurstMax = 40;
    private const double EpochTolerance = 5e-3;

    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PrintPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PerMessage = TimeSpan.FromSeconds(2);

    private readonly EventWriter _events;
    private readonly StepPlan _plan;
    private readonly int _stepsPerRow;
    private readonly double _tokensPerStep;
    private readonly TimeProvider _clock;
    private readonly SpeedMeter _speed = new();
    private readonly List<double> _losses;
    private readonly HashSet<int> _told = [];
    private readonly Queue<Waiting> _printed = new();
    private readonly Queue<Waiting> _logged = new();

    private int _printedCount;
    private int _stepBefore;
    private DateTimeOffset _stepAt;
    private bool _isLogged;
    private double? _validLoss;
    private double _messages = BurstMax;
    private DateTimeOffset _messagesAt;
    private int _messageCount;
    private int _leftOut;

    /// <param name="events">Where to write.</param>
    /// <param name="plan">How many steps there are.</param>
    /// <param name="tokensPerEpoch">Tokens of all samples.</param>
    /// <param name="stepsPerRow">Steps between two rows.</param>
    /// <param name="firstStep">The step of the checkpoint that the trainer goes on from; 0 for none.</param>
    /// <param name="clock">For speed and the estimate.</param>
    public ExternalProgress(
        EventWriter events, StepPlan plan, long tokensPerEpoch, int stepsPerRow, int firstStep, TimeProvider clock)
    {
        _events = events;
        _plan = plan;
        _stepsPerRow = stepsPerRow;
        _tokensPerStep = (double)tokensPerEpoch / plan.StepsPerEpoch;
        _clock = clock;
        _stepBefore = firstStep;
        _printedCount = firstStep / stepsPerRow;
        _stepAt = _messagesAt = clock.GetUtcNow();
        _losses =
        [
            .. events.Before.Where(e => e.Type == "metrics" && e.Step <= firstStep).DistinctBy(e => e.Step)
                .Select(e => e.Data!.Value.GetProperty("train_loss").GetDouble()),
        ];
    }

    /// <summary>The newest step, of this start or of the checkpoint.</summary>
    public int Step => _stepBefore;

    /// <summary>Whether this start of the trainer has done a step.</summary>
    public bool HasMoved => _told.Count > 0;

    /// <summary>The newest loss; null where there is none.</summary>
    public double? LastLoss => _losses.Count > 0 ? _losses[^1] : null;

    /// <summary>Set once a loss is no number any more.</summary>
    public JobError? Fault { get; private set; }

    public long TokensUntil(int step) => (long)(_tokensPerStep * step);

    public void TakePrinted(string line)
    {
        if (TrainingRow.ReadPrinted(line) is not { } row)
        {
            Say(line);
        }
        else if (row.EvalLoss is not null)
        {
            TakeEvaluation(row);
        }
        else
        {
            _printedCount++;
            _printed.Enqueue(new Waiting(row, _printedCount * _stepsPerRow, _clock.GetUtcNow()));
            Pair();
        }
    }

    public void TakeLogged(string line)
    {
        if (TrainingRow.ReadLogged(line) is not { Step: { } step } row)
        {
            return;
        }

        _isLogged = true;
        if (row.EvalLoss is not null)
        {
            TakeEvaluation(row);
        }
        else
        {
            _logged.Enqueue(new Waiting(row, step, _clock.GetUtcNow()));
            Pair();
        }
    }

    /// <summary>Call now and then, and at the end: rows whose twin does not come are told without it.</summary>
    public void Settle(bool isEnd = false)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        while (_logged.TryPeek(out Waiting? logged) && (isEnd || now - logged.At > PrintPatience))
        {
            _logged.Dequeue();
            Measure(logged.Step, logged.Row, null);
        }

        while (!_isLogged && _printed.TryPeek(out Waiting? printed) && (isEnd || now - printed.At > LogPatience))
        {
            _printed.Dequeue();
            Measure(printed.Step, printed.Row, printed.Row.GradientNorm);
        }

        if (isEnd && _leftOut > 0)
        {
            _events.Say(Text($"{_leftOut:N0} further lines of the trainer are not shown; trainer.log in the job's folder has them."));
            _leftOut = 0;
        }
    }

    // Rows are in order on both sides: of two that do not belong together, the earlier one has no twin.
    private void Pair()
    {
        while (_logged.TryPeek(out Waiting? logged) && _printed.TryPeek(out Waiting? printed))
        {
            double apart = (printed.Row.Epoch ?? 0) - (logged.Row.Epoch ?? 0);
            if (apart < -EpochTolerance)
            {
                _printed.Dequeue();
                continue;
            }

            _logged.Dequeue();
            bool isTwin = apart <= EpochTolerance;
            if (isTwin)
            {
                _printed.Dequeue();
            }

            Measure(logged.Step, logged.Row, isTwin ? printed.Row.GradientNorm : null);
        }
    }

    private void TakeEvaluation(TrainingRow row)
    {
        if (row.EvalLoss is { } loss && double.IsFinite(loss) && loss != _validLoss)
        {
            _validLoss = loss;
            _events.Say(Text($"Validation loss {loss:0.0000}"), data: new { ValidLoss = loss });
        }
    }

    private void Measure(int step, TrainingRow row, double? gradientNorm)
    {
        if (row.Loss is not { } loss || !_told.Add(step))
        {
            return;
        }

        _losses.Add(loss);
        var verdict = LossVerdict.Of(_losses);
        if (!double.IsFinite(loss))
        {
            Fault ??= new JobError("diverged", Text($"The loss at step {step} is {loss}. {verdict.Advice}"));
            return;
        }

        DateTimeOffset now = _clock.GetUtcNow();
        int steps = Math.Max(1, step - _stepBefore);
        _speed.Add((int)(_tokensPerStep * steps), (now - _stepAt).TotalSeconds);
        double secondsPerStep = _speed.SecondsPerStep / _stepsPerRow;
        double remaining = secondsPerStep * Math.Max(0, _plan.StepCount - step);
        (_stepBefore, _stepAt) = (step, now);
        _events.Measure(
            Text($"Step {step}/{_plan.StepCount}: training loss={loss:0.00}, {verdict.Word}"),
            step,
            new
            {
                Step = step,
                TotalSteps = _plan.StepCount,
                Epoch = row.Epoch ?? ((double)step / _plan.StepsPerEpoch),
                TrainLoss = loss,
                ValidLoss = _validLoss,
                LearningRate = Finite(row.LearningRate),
                GradientNorm = Finite(gradientNorm ?? row.GradientNorm),
                Tokens = (int)(_tokensPerStep * steps),
                SeenTokens = TokensUntil(step),
                _speed.TokensPerSecond,
                EtaSeconds = remaining,
                Verdict = verdict.Word,
                verdict.Advice,
            },
            now.ToUnixTimeSeconds() + (long)Math.Ceiling(remaining),
            TokensUntil(step));
        _validLoss = null;
    }

    // A talkative trainer must not fill the job's events: a burst is shown, then a line every two seconds, up to a limit.
    private void Say(string line)
    {
        if (ProgressBar().IsMatch(line))
        {
            return;
        }

        DateTimeOffset now = _clock.GetUtcNow();
        _messages = Math.Min(BurstMax, _messages + ((now - _messagesAt) / PerMessage));
        _messagesAt = now;
        if (_messages < 1 || _messageCount >= MessagesMax)
        {
            _leftOut++;
            return;
        }

        _messages--;
        _messageCount++;
        if (_leftOut > 0)
        {
            _events.Say(Text($"{_leftOut:N0} lines of the trainer are not shown here; trainer.log in the job's folder has them."));
            _leftOut = 0;
        }

        _events.Say(
            line.Length > MessageLengthMax ? line[..MessageLengthMax] + "..." : line,
            Trouble().IsMatch(line) ? "error" : Warning().IsMatch(line) ? "warn" : "info");
    }

    private sealed record Waiting(TrainingRow Row, int Step, DateTimeOffset At);

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\d+%\s*\||\[\d+:\d\d(:\d\d)?<|(it/s|s/it|examples/s)\]?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex ProgressBar();

    [GeneratedRegex(@"^\[ERROR|^ERROR|^Traceback|^\w*(\.\w+)*(Error|Exception)\b|out of memory", RegexOptions.CultureInvariant)]
    private static partial Regex Trouble();

    [GeneratedRegex(@"^\[WARN|^WARN|Warning:", RegexOptions.CultureInvariant)]
    private static partial Regex Warning();
}
