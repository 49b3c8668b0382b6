namespace Ratchet.Engine.Inference;

/// <summary>The tokens that the filters leave, the likeliest first where a filter had to order them.</summary>
internal sealed class TokenDistribution(int vocabularySize)
{
    // A nucleus is nearly always this small; only a flat distribution needs the whole vocabulary in order.
    private const int HeadSize = 1024;

    private readonly int[] _ids = new int[vocabularySize];
    private readonly double[] _keys = new double[vocabularySize];
    private readonly double[] _probabilities = new double[vocabularySize];

    /// <summary>Tokens left.</summary>
    public int Count { get; private set; }

    public int Id(int position) => _ids[position];

    public double Probability(int position) => _probabilities[position];

    /// <summary>Computes the distribution of one step.</summary>
    public void Set(ReadOnlySpan<float> logits, GenerationConfig config)
    {
        Count = logits.Length;
        if (config.Temperature == 0)
        {
            (_ids[0], _probabilities[0], Count) = (TokenSampler.ArgMax(logits), 1, 1);
            return;
        }

        double max = double.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            _ids[i] = i;
            _probabilities[i] = logits[i] / (double)config.Temperature;
            max = Math.Max(max, _probabilities[i]);
        }

        for (int i = 0; i < logits.Length; i++)
        {
            _probabilities[i] = Math.Exp(_probabilities[i] - max);
        }

        if (config.TopK > 0 && config.TopK < Count)
        {
            KeepTopK(logits, config.TopK);
        }

        Renormalise();
        if (config.TopP < 1)
        {
            KeepNucleus(config.TopP);
            Renormalise();
        }

        if (config.MinP > 0)
        {
            double largest = 0;
            for (int i = 0; i < Count; i++)
            {
                largest = Math.Max(largest, _probabilities[i]);
            }

            KeepWhere(config.MinP * largest, _probabilities);
            Renormalise();
        }

        if (config.TypicalP < 1)
        {
            KeepTypical(config.TypicalP);
            Renormalise();
        }
    }

    private void KeepTopK(ReadOnlySpan<float> logits, int k)
    {
        for (int i = 0; i < Count; i++)
        {
            _keys[i] = logits[i];
        }

        Array.Sort(_keys, 0, Count);
        double threshold = _keys[Count - k];
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (logits[_ids[i]] >= threshold)
            {
                Move(i, kept++);
            }
        }

        Count = kept;
    }

    /// <summary>Keeps the fewest likeliest tokens whose probabilities reach a sum, in order.</summary>
    private void KeepNucleus(double sum)
    {
        if (Count > HeadSize && TryKeepHead(sum))
        {
            return;
        }

        SortByKey(Count, position => -_probabilities[position]);
        KeepUntil(sum);
    }

    private bool TryKeepHead(double sum)
    {
        for (int i = 0; i < Count; i++)
        {
            _keys[i] = _probabilities[i];
        }

        Array.Sort(_keys, 0, Count);
        double threshold = _keys[Count - HeadSize];
        double reached = 0;
        int head = 0;
        for (int i = Count - 1; i >= 0 && _keys[i] > threshold; i--)
        {
            reached += _keys[i];
            head++;
        }

        if (reached < sum || head == 0)
        {
            return false;
        }

        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_probabilities[i] > threshold)
            {
                Move(i, kept++);
            }
        }

        SortByKey(kept, position => -_probabilities[position]);
        Count = kept;
        KeepUntil(sum);
        return true;
    }

    // Ascending by key, then by id.
    private void SortByKey(int count, Func<int, double> key)
    {
        (double Key, int Id, double Probability)[] rows = new (double, int, double)[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = (key(i), _ids[i], _probabilities[i]);
        }

        Array.Sort(rows, static (a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : a.Id.CompareTo(b.Id));
        for (int i = 0; i < count; i++)
        {
            (_, _ids[i], _probabilities[i]) = rows[i];
        }
    }

    private void KeepUntil(double sum)
    {
        double reached = 0;
        int kept = 0;
        while (kept < Count && (kept == 0 || reached < sum))
        {
            reached += _probabilities[kept++];
        }

        Count = kept;
    }

    private void KeepWhere(double threshold, double[] values)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (values[i] >= threshold)
            {
                Move(i, kept++);
            }
        }

        Count = kept;
    }

    // Meister et al. 2023, https://arxiv.org/abs/2202.00666.
    private void KeepTypical(double sum)
    {
        double entropy = 0;
        for (int i = 0; i < Count; i++)
        {
            double p = _probabilities[i];
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        }

        SortByKey(Count, position => Math.Abs(-Math.Log(_probabilities[position]) - entropy));
        KeepUntil(sum);
    }

    private void Move(int from, int to)
    {
        _ids[to] = _ids[from];
        _probabilities[to] = _probabilities[from];
    }

    private void Renormalise()
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += _probabilities[i];
        }

        for (int i = 0; i < Count; i++)
        {
            _probabilities[i] /= sum;
        }
    }
}
