using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Training;

/// <summary>What a training backend keeps in a checkpoint: the adapter as PEFT has it, and its moments. The same for every backend.</summary>
public static class AdapterCheckpoint
{
    private const string MomentsFile = "moments.safetensors";
    private const string FirstName = "first_moments";
    private const string SecondName = "second_moments";

    /// <summary>Writes both.</summary>
    /// <param name="folder">Is there and empty.</param>
    /// <param name="adapter">As it is now.</param>
    /// <param name="firstMoments">[parameters], F32, in the order of the adapter's parameters.</param>
    /// <param name="secondMoments">Likewise.</param>
    public static void Save(string folder, LoraAdapter adapter, Tensor firstMoments, Tensor secondMoments)
    {
        adapter.Save(folder);
        SafetensorsWriter.Write(Path.Combine(folder, MomentsFile), [new(FirstName, firstMoments), new(SecondName, secondMoments)]);
    }

    /// <summary>Reads both.</summary>
    /// <param name="folder">As <see cref="Save"/> wrote it.</param>
    /// <param name="model">The adapter's base.</param>
    /// <param name="adapter">Of the same layers; its numbers are replaced.</param>
    /// <param name="firstMoments">[parameters], F32; replaced.</param>
    /// <param name="secondMoments">Likewise.</param>
    /// <exception cref="CheckpointException">The checkpoint is of another adapter; nothing was replaced.</exception>
    public static unsafe void Restore(string folder, DecoderModel model, LoraAdapter adapter, Tensor firstMoments, Tensor secondMoments)
    {
        using var saved = LoraAdapter.Load(folder, model);
        using var moments = SafetensorsFile.Open(Path.Combine(folder, MomentsFile));
        float[] first = moments.ReadFloats(FirstName);
        float[] second = moments.ReadFloats(SecondName);
        int count = adapter.ParameterCount;
        if (!saved.Layers.SequenceEqual(adapter.Layers) || first.Length != count || second.Length != count)
        {
            throw new CheckpointException(
                folder, $"it holds an adapter of {saved.ParameterCount} numbers in {saved.Layers.Count} layers; the run has {count} in {adapter.Layers.Count}.",
                "Resume with the settings that the run was started with.");
        }

        new ReadOnlySpan<float>(saved.Parameters, count).CopyTo(new Span<float>(adapter.Parameters, count));
        first.CopyTo(firstMoments.Floats);
        second.CopyTo(secondMoments.Floats);
    }
}
