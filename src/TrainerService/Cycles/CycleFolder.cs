using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Cycles;

/// <summary>The files of one cycle.</summary>
public sealed class CycleFolder
{
    private readonly string _path;

    public CycleFolder(ServiceData data, string cycle)
    {
        _path = data.PathOf("cycles", cycle);
        Directory.CreateDirectory(_path);
    }

    /// <summary>What retrieval found for each example of the batch, one line each.</summary>
    public string TrainingContexts => Path.Combine(_path, "training-contexts.jsonl");

    /// <summary>What retrieval found for each held-out question, one line each.</summary>
    public string HeldOutContexts => Path.Combine(_path, "held-out-contexts.jsonl");

    /// <summary>Finished training samples.</summary>
    public string Samples => Path.Combine(_path, "samples.jsonl");

    /// <summary>The folder of the evaluation.</summary>
    public string Evaluation => Path.Combine(_path, "evaluation");
}

/// <summary>An example of a batch and what retrieval found for it.</summary>
/// <param name="Hits">As found, best first.</param>
/// <param name="Source">The passage that holds the answer; null where the example names none that still exists.</param>
public sealed record TrainingContext(BatchRow Row, IReadOnlyList<FoundPassage> Hits, FoundPassage? Source);

/// <summary>A passage.</summary>
/// <param name="IsSource">It belongs to the document that the example is about.</param>
public sealed record FoundPassage(string Id, PromptChunk Chunk, bool IsSource);

/// <summary>A held-out question and what retrieval found for it.</summary>
public sealed record HeldOutContext(ExampleRecord Example, IReadOnlyList<FoundPassage> Hits);
