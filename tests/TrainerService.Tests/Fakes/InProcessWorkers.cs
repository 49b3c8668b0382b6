using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Worker;

namespace Ratchet.TrainerService.Tests.Fakes;

/// <summary>Runs the real workers on a thread of this process, with the fake engine.</summary>
internal sealed class InProcessWorkers(FakeEngineSettings settings) : IWorkerRunner
{
    public List<string> Started { get; } = [];

    public async Task<WorkerExit> RunAsync(
        string kind, string folder, Func<Task> onSign, CancellationToken leave, CancellationToken kill)
    {
        lock (Started)
        {
            Started.Add(kind);
        }

        using var orders = new OrderReader(leave);
        using var leash = new WorkerLeash(orders, new SignWriter(onSign), () => { });
        try
        {
            return await Task.Run(() =>
            {
                using FileStream? held = WorkerProgram.Hold(folder);
                return new WorkerExit(
                    held is null
                        ? WorkerExit.Held
                        : kind switch
                        {
                            "job" => new JobWorker(folder, leash, Open, TimeProvider.System).Run(),
                            "evaluation" => new EvaluationWorker(folder, leash, Open).Run(),
                            _ => throw new KilledException(),
                        },
                    "");
            }).WaitAsync(kill);
        }
        catch (KilledException)
        {
            return new WorkerExit(137, "");
        }
        catch (OperationCanceledException)
        {
            return new WorkerExit(137, "");
        }

        IModelEngine Open(string path) => new FakeEngine(settings);
    }

    private sealed class OrderReader(CancellationToken leave) : StringReader("")
    {
        private bool _told;

        public override string? ReadLine()
        {
            if (_told)
            {
                Thread.Sleep(Timeout.Infinite);
            }

            leave.WaitHandle.WaitOne();
            _told = true;
            return "stop";
        }
    }

    private sealed class SignWriter(Func<Task> onSign) : StringWriter
    {
        public override void WriteLine(char value) => onSign().GetAwaiter().GetResult();
    }
}
