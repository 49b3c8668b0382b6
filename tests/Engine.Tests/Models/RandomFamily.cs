using Ratchet.Engine.Models;
using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Models of any family with small random sizes and weights.</summary>
internal static class RandomFamily
{
    public static IEnumerable<string> Names => DecoderFamily.All.Select(f => f.ModelType);

    public static DecoderModel Create(string modelType, Random random)
    {
        DecoderFamily family = DecoderFamily.All.First(f => f.ModelType == modelType);
        int keyValueHeads = random.Next(1, 3);
        int heads = keyValueHeads * (family.HasTransposedLinears ? 1 : random.Next(1, 3));
        int headSize = 2 * random.Next(2, 6);
        int layers = random.Next(1, 4);
        var config = new ModelConfig
        {
            Architecture = family.ModelType,
            VocabularySize = random.Next(11, 40),
            HiddenSize = family.HasTransposedLinears ? heads * headSize : random.Next(5, 21),
            FeedForwardSize = random.Next(5, 25),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            ContextLength = 64,
            NormEpsilon = 1e-5f,
            TiedEmbeddings = family.IsTied || random.Next(2) == 0,
            Rotary = family.HasPositionEmbeddings
                ? null
                : new RotaryConfig { FrequencyBase = 100f, Size = family.RotaryShare < 1 ? 2 : headSize, Magnitude = 1f + (0.2f * random.Next(2)) },
            Activation = family.Activation,
            IsGated = family.IsGated,
            IsParallel = family.IsParallel,
            NormOffset = family.NormOffset,
            EmbeddingScale = family.ScalesEmbeddings ? 1.7f : 1f,
            AttentionScale = family.Caps is null ? null : 0.4f,
            AttentionCap = family.Caps is null ? 0f : 2f,
            LogitCap = family.Caps is null ? 0f : 4f,
            Windows = family.Sliding == SlidingLayers.None ? [] : [.. Enumerable.Range(0, layers).Select(_ => random.Next(0, 5))],
        }.Validated("a random model");
        using var source = new RandomTensors(random);
        return new DecoderAssembly(source, family, config)
        {
            Names = family.Names,
            PartNames = family.PartNames,
            IsTransposed = family.HasTransposedLinears,
        }.Build();
    }

    private sealed class RandomTensors(Random random) : ITensorSource
    {
        public string Path => "random numbers";

        public bool Has(string name) => true;

        public WeightMatrix Matrix(string name, int outputs, int inputs, int rotaryHeads = 0, bool isTransposed = false)
            => new(Numbers(1.5f / MathF.Sqrt(inputs), 0f, outputs, inputs));

        public Tensor Floats(string name, params ReadOnlySpan<int> shape)
            => Numbers(0.4f, name.Contains("norm", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal) ? 1f : 0f, shape);

        public void Release()
        {
        }

        public void Dispose()
        {
        }

        private Tensor Numbers(float width, float middle, params ReadOnlySpan<int> shape)
        {
            var tensor = new Tensor(ElementType.F32, shape);
            foreach (ref float value in tensor.Floats)
            {
                value = middle + ((random.NextSingle() - 0.5f) * 2f * width);
            }

            return tensor;
        }
    }
}
