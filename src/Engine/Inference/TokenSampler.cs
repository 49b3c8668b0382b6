using System.Numerics.Tensors;

namespace Ratchet.Engine.Inference;

/// <summary>Chooses the next token of one sequence from its logits.</summary>
/// <remarks>
/// Order of the rules: repetition penalty, presence and frequency penalty, bias, temperature, top-k, top-p, min-p,
/// typical-p; each filter sees probabilities renormalised over what the one before it left. Ties go to the lower id.
/// </remarks>
public sealed class TokenSampler
{
    private readonly GenerationConfig _config;
    private readonly HashSet<int> _seen = [];
    private readonly Dictionary<int, int> _written = [];
    private readonly float[] _logits;
    private readonly TokenDistribution _distribution;
    private readonly bool _adjusts;
    private ulong _state;

    /// <summary>Prepares for one answer.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="vocabularySize">Length of the logits.</param>
    /// <param name="prompt">Ids of the prompt, for the repetition penalty.</param>
    public TokenSampler(GenerationConfig config, int vocabularySize, ReadOnlySpan<int> prompt)
    {
        _config = config.Validated();
        _state = config.Seed;
        _adjusts = config.RepetitionPenalty != 1f || config.PresencePenalty != 0f || config.FrequencyPenalty != 0f
            || config.LogitBias.Count > 0;
        _logits = _adjusts ? new float[vocabularySize] : [];
        _distribution = new TokenDistribution(config.Temperature > 0 ? vocabularySize : 0);
        if (config.RepetitionPenalty != 1f)
        {
            foreach (int id in prompt)
            {
                _seen.Add(id);
            }
        }
    }

    /// <summary>The index of the largest value; the lowest of equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        // Of two zeros with different signs the search takes the positive one.
        int best = TensorPrimitives.IndexOfMax(logits);
        return logits[best] == 0 ? logits.IndexOf(0f) : best;
    }

    /// <summary>Chooses a token and remembers it for the penalties.</summary>
    /// <param name="logits">[vocabulary], as the model gave them.</param>
    public int Next(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> adjusted = Adjusted(logits);
        int id = _config.Temperature == 0 ? ArgMax(adjusted) : Sample(adjusted);
        _seen.Add(id);
        _written[id] = _written.GetValueOrDefault(id) + 1;
        return id;
    }

    /// <summary>Probabilities after all rules; 0 where a rule removed a token. For tests and for people who look.</summary>
    internal double[] Probabilities(ReadOnlySpan<float> logits)
    {
        double[] all = new double[logits.Length];
        _distribution.Set(Adjusted(logits), _config);
        for (int i = 0; i < _distribution.Count; i++)
        {
            all[_distribution.Id(i)] = _distribution.Probability(i);
        }

        return all;
    }

    /// <summary>Counts a token as written without sampling it. For tests.</summary>
    internal void Remember(int id)
    {
        _seen.Add(id);
        _written[id] = _written.GetValueOrDefault(id) + 1;
    }

    private ReadOnlySpan<float> Adjusted(ReadOnlySpan<float> logits)
    {
        if (!_adjusts)
        {
            return logits;
        }

        logits.CopyTo(_logits);
        if (_config.RepetitionPenalty != 1f)
        {
            foreach (int id in _seen)
            {
                float logit = _logits[id];
                _logits[id] = logit < 0 ? logit * _config.RepetitionPenalty : logit / _config.RepetitionPenalty;
            }
        }

        foreach ((int id, int count) in _written)
        {
            _logits[id] -= _config.PresencePenalty + (_config.FrequencyPenalty * count);
        }

        foreach ((int id, float bias) in _config.LogitBias)
        {
            if ((uint)id < (uint)_logits.Length)
            {
                _logits[id] += bias;
            }
        }

        return _logits;
    }

    private int Sample(ReadOnlySpan<float> logits)
    {
        _distribution.Set(logits, _config);
        double point = NextUniform();
        double sum = 0;
        for (int i = 0; i < _distribution.Count; i++)
        {
            sum += _distribution.Probability(i);
            if (point < sum)
            {
                return _distribution.Id(i);
            }
        }

        return _distribution.Id(_distribution.Count - 1);
    }

    // SplitMix64 (Steele, Lea and Flood 2014): a counter and a mix, so a seed is all the state there is.
    private double NextUniform()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 11) * (1.0 / (1UL << 53));
    }
}
