using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Models;

/// <summary>A sentence encoder with its tokenizer and the working memory of a pass.</summary>
/// <param name="model">Weights, owned from here on.</param>
/// <param name="tokenizer">Text to ids.</param>
/// <param name="name">The file's name without its quantisation.</param>
/// <param name="sha256">Of the file, lower-case hexadecimal.</param>
/// <param name="tokensMax">Tokens of a text that count, where its makers say so; else as many as the model has positions.</param>
/// <param name="precision">In which numbers products with weights are computed.</param>
public sealed class LoadedEncoder(EncoderModel model, ITokenizer tokenizer, string name, string sha256, int? tokensMax = null, Precision precision = Precision.Float32)
    : IDisposable
{
    private const int TokensPerPass = 1024;

    private readonly Lock _gate = new();
    private readonly EncoderRunner _runner = new(model, precision, Math.Max(TokensPerPass, model.Config.ContextLength));

    /// <summary>Weights.</summary>
    public EncoderModel Model => model;

    /// <summary>Text to ids.</summary>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>The file's name without its quantisation.</summary>
    public string Name => name;

    /// <summary>Of the file, lower-case hexadecimal: what vectors belong to.</summary>
    public string Sha256 => sha256;

    /// <summary>Numbers of an embedding.</summary>
    public int Dimensions => model.Config.HiddenSize;

    /// <summary>Embeds texts: the mean over positions, of length 1. Texts that are too long lose their end. Callers may come from any thread.</summary>
    /// <param name="texts">Any texts.</param>
    /// <returns>For each text its <see cref="Dimensions"/> numbers.</returns>
    public float[][] Embed(IReadOnlyList<string> texts)
    {
        int[][] ids = [.. texts.Select(t => tokenizer.EncodeAtMost(t, Math.Min(tokensMax ?? int.MaxValue, model.Config.ContextLength)))];
        float[][] result = new float[texts.Count][];
        var batch = new List<int>();
        int tokens = 0;

        // By length, so that a pass holds texts of a kind; the result does not depend on which texts share one.
        foreach (int text in Enumerable.Range(0, ids.Length).OrderBy(i => ids[i].Length))
        {
            if (tokens + ids[text].Length > _runner.TokensMax)
            {
                Run(ids, batch, result);
                batch.Clear();
                tokens = 0;
            }

            batch.Add(text);
            tokens += ids[text].Length;
        }

        Run(ids, batch, result);
        return result;
    }

    /// <summary>What the last layer makes of each token of a text, with the marks that the tokenizer puts around it.</summary>
    /// <param name="text">Any text; one that is too long loses its end.</param>
    /// <returns>[tokens, <see cref="Dimensions"/>].</returns>
    public float[] TokenVectors(string text)
    {
        int[] ids = tokenizer.EncodeAtMost(text, model.Config.ContextLength);
        float[] vectors = new float[ids.Length * Dimensions];
        lock (_gate)
        {
            _runner.States([ids], vectors);
        }

        return vectors;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner.Dispose();
        model.Dispose();
    }

    private void Run(int[][] ids, List<int> batch, float[][] result)
    {
        if (batch.Count == 0)
        {
            return;
        }

        float[] embeddings = new float[batch.Count * Dimensions];
        lock (_gate)
        {
            _runner.Embed([.. batch.Select(i => new ReadOnlyMemory<int>(ids[i]))], embeddings);
        }

        for (int i = 0; i < batch.Count; i++)
        {
            result[batch[i]] = embeddings[(i * Dimensions)..((i + 1) * Dimensions)];
        }
    }
}
