using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.TrainerService.Tests.Exports;

/// <summary>A model folder of random weights whose rows are all whole blocks of 256 numbers.</summary>
internal static class WideFolder
{
    public const int LayerCount = 2;

    private const int HiddenSize = 256;
    private const int FeedForwardSize = 512;
    private const int KeyValueSize = 128;

    // Of the tokenizer that TinyFolder takes.
    private const int VocabularySize = 283;

    /// <summary>Makes it.</summary>
    /// <param name="seed">Of the weights: uniform, about as wide as trained ones.</param>
    /// <returns>A new temporary folder.</returns>
    public static string Make(int seed)
    {
        string folder = TinyFolder.Make();
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": {{HiddenSize}},
              "intermediate_size": {{FeedForwardSize}}, "num_hidden_layers": {{LayerCount}}, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64,
              "max_position_embeddings": 128, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": false, "vocab_size": {{VocabularySize}},
              "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "torch_dtype": "float32"
            }
            """);
        var random = new Random(seed);
        var tensors = new List<KeyValuePair<string, Tensor>>
        {
            Matrix("model.embed_tokens", VocabularySize, HiddenSize),
            Matrix("lm_head", VocabularySize, HiddenSize),
            Norm("model.norm"),
        };
        for (int layer = 0; layer < LayerCount; layer++)
        {
            string at = $"model.layers.{layer}";
            tensors.AddRange(
            [
                Norm($"{at}.input_layernorm"), Norm($"{at}.post_attention_layernorm"),
                Matrix($"{at}.self_attn.q_proj", HiddenSize, HiddenSize), Matrix($"{at}.self_attn.k_proj", KeyValueSize, HiddenSize),
                Matrix($"{at}.self_attn.v_proj", KeyValueSize, HiddenSize), Matrix($"{at}.self_attn.o_proj", HiddenSize, HiddenSize),
                Matrix($"{at}.mlp.gate_proj", FeedForwardSize, HiddenSize), Matrix($"{at}.mlp.up_proj", FeedForwardSize, HiddenSize),
                Matrix($"{at}.mlp.down_proj", HiddenSize, FeedForwardSize),
            ]);
        }

        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        tensors.ForEach(tensor => tensor.Value.Dispose());
        return folder;

        KeyValuePair<string, Tensor> Matrix(string name, int outputs, int inputs)
        {
            float width = MathF.Sqrt(3f / inputs);
            return new($"{name}.weight", Tensor.FromFloats([.. Enumerable.Range(0, outputs * inputs).Select(_ => ((2f * random.NextSingle()) - 1f) * width)], outputs, inputs));
        }

        static KeyValuePair<string, Tensor> Norm(string name) => new($"{name}.weight", Tensor.FromFloats([.. Enumerable.Repeat(1f, HiddenSize)], HiddenSize));
    }
}
