using BenchmarkDotNet.Running;
using Ratchet.Engine.Benchmarks;

if (args is ["quick", ..])
{
    QuickRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

if (args is ["training", ..])
{
    TrainingRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

if (args is ["layer", ..])
{
    LayerRun.Print();
    return;
}

if (args is ["tokenizers", ..])
{
    TokenizerRun.Print();
    return;
}

if (args is ["model", ..])
{
    ModelRun.Print(args.Length > 1 ? args[1] : "");
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args);
