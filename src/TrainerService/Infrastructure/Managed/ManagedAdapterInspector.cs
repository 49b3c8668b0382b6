using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>Reads an adapter as serving will: what is refused here would be refused there.</summary>
public sealed class ManagedAdapterInspector : IAdapterInspector
{
    public AdapterFacts Read(string folder, string modelPath)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(modelPath);
        using var adapter = LoraAdapter.Load(folder, loaded.Model);
        double change = adapter.UpdateNorms().Sum(layer => layer.Norm * layer.Norm);
        double weights = adapter.Layers.Sum(layer => ManagedRun.SumOfSquares(loaded.Model.Linears[layer.LinearIndex].Weight));
        return new AdapterFacts(
            adapter.File.BaseModel, adapter.File.Rank, adapter.File.Alpha, adapter.File.RankStabilized, Math.Sqrt(change),
            Math.Sqrt(change / weights));
    }
}
