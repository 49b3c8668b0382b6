using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>From the start of a process to the first word of an answer.</summary>
internal static class FirstToken
{
    private const string Prompt = "The capital of France is";

    public static void Print(string folder)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Bundled.DecoderPath(folder));
        int[] ids = loaded.Tokenizer.Encode(Prompt);
        using var runner = new DecoderRunner(loaded.Model, Precision.Int8, ids.Length, PrecisionSetting.ReadForPrompts(PrecisionSetting.Auto, Precision.Int8));
        using ISequenceCache cache = runner.CreateCache(ids.Length + 1);
        runner.Forward([new SequencePiece(cache, ids)]);
        Console.Out.WriteLine(loaded.Tokenizer.TokenText(TensorPrimitives.IndexOfMax(runner.Logits(0))));
        Console.Out.Flush();
    }
}
