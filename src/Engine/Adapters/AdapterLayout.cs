using System.Text.RegularExpressions;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>Which parts of a model an adapter_config.json names, and where the numbers of each lie.</summary>
internal sealed class AdapterLayout
{
    private const int RankMax = 1024;

    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(500);

    private readonly List<LoraLayer> _layers = [];
    private readonly List<SavedModule> _saved = [];

    private AdapterLayout()
    {
    }

    /// <summary>Adapted linear layers in the order of the model.</summary>
    public IReadOnlyList<LoraLayer> Layers => _layers;

    /// <summary>The adapted token embedding, or null.</summary>
    public LoraLayer? Embedding { get; private set; }

    /// <summary>Weights that the adapter has whole.</summary>
    public IReadOnlyList<SavedModule> Saved => _saved;

    /// <summary>Numbers of all.</summary>
    public int Count { get; private set; }

    /// <summary>Follows a configuration through a model.</summary>
    /// <param name="file">adapter_config.json.</param>
    /// <param name="where">Its folder, for messages.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="AdapterFormatException">It names what the base does not have.</exception>
    public static AdapterLayout Of(AdapterConfigFile file, string where, DecoderModel model)
    {
        var layout = new AdapterLayout();
        Regex? pattern = file.TargetPattern == LoraConfig.AllLinear ? null : Pattern("target_modules", file.TargetPattern, where);
        Regex? excluded = Pattern("exclude_modules", file.ExcludePattern, where);
        string embedding = model.PartNames.TokenEmbedding;
        LinearLayer[] targets = [.. model.Linears.Where(l => IsTarget(file, pattern, excluded, l.Name, isLinear: true, where))];
        bool hasEmbedding = IsTarget(file, pattern, excluded, embedding, isLinear: false, where);
        if (targets.Length == 0 && !hasEmbedding)
        {
            throw Unknown($"target_modules ({file.TargetPattern ?? string.Join(", ", file.TargetModules)}) matches no layer.");
        }

        string[] strange =
        [
            .. file.TargetModules.Where(entry => !LoraConfig.IsMatch(embedding, entry) && !model.Linears.Any(l => LoraConfig.IsMatch(l.Name, entry))),
        ];
        if (strange.Length > 0)
        {
            throw Unknown($"target_modules names {string.Join(", ", strange)}, which the base does not have or which cannot be adapted.");
        }

        foreach (LinearLayer linear in targets)
        {
            layout._layers.Add(layout.Place(file, where, linear.Name, linear.Index, linear.Inputs, linear.Outputs, file.WeightDecomposed));
        }

        if (hasEmbedding)
        {
            if (file.WeightDecomposed)
            {
                throw new AdapterFormatException(
                    AdapterFault.UnsupportedAdapter, where, "it learns magnitudes of the token embedding (use_dora), which this engine does not apply.",
                    "Merge it with PEFT, or leave the embedding out of target_modules.");
            }

            layout.Embedding = layout.Place(
                file, where, embedding, -1, model.Config.VocabularySize, model.Config.HiddenSize, hasMagnitude: false);
        }

        layout.PlaceSaved(file, where, model);
        return layout;

        AdapterFormatException Unknown(string problem) => new(
            AdapterFault.UnknownTarget, where, problem,
            $"The base has {string.Join(", ", model.Linears.Select(l => l.Module).Distinct())}; the adapter belongs to another model.");
    }

    private static Regex? Pattern(string key, string? text, string where) => text is null ? null : Expression(key, $"^(?:{text})$", where);

    private static Regex Expression(string key, string text, string where)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant, PatternTime);
        }
        catch (ArgumentException fault)
        {
            throw new AdapterFormatException(
                AdapterFault.InvalidSetting, where, $"{key} is no regular expression: {fault.Message}", "Give a list of module names.");
        }
    }

    private static bool Matches(Regex pattern, string name, string where)
    {
        try
        {
            return pattern.IsMatch(name);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new AdapterFormatException(
                AdapterFault.InvalidSetting, where, $"the expression '{pattern}' takes more than {PatternTime.TotalMilliseconds} ms on the name '{name}'.",
                "Give a list of module names, or an expression that does not try its parts in so many ways.");
        }
    }

    private static bool IsTarget(AdapterConfigFile file, Regex? pattern, Regex? excluded, string name, bool isLinear, string where)
    {
        bool named = file.TargetPattern == LoraConfig.AllLinear || file.TargetModules.Contains(LoraConfig.AllLinear)
            ? isLinear
            : pattern is null ? file.TargetModules.Any(entry => LoraConfig.IsMatch(name, entry)) : Matches(pattern, name, where);
        return named && (excluded is null || !Matches(excluded, name, where)) && !file.ExcludeModules.Any(entry => LoraConfig.IsMatch(name, entry)) && IsInLayers(file, name);
    }

    private static bool IsInLayers(AdapterConfigFile file, string name)
    {
        if (file.LayersToTransform.Count == 0)
        {
            return true;
        }

        string[] parts = name.Split('.');
        int at = Array.FindIndex(parts, part => int.TryParse(part, out _));
        return at > 0
            && (file.LayersPattern.Count == 0 || file.LayersPattern.Contains(parts[at - 1]))
            && file.LayersToTransform.Contains(int.Parse(parts[at], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static T Pattern<T>(IReadOnlyDictionary<string, T> patterns, string setting, string name, T usual, string where)
    {
        foreach ((string key, T value) in patterns)
        {
            if (LoraConfig.IsMatch(name, key) || Matches(Expression(setting, $"^(?:.*\\.)?(?:{key})$", where), name, where))
            {
                return value;
            }
        }

        return usual;
    }

    // All numbers lie in one block that is counted with 31 bits.
    private void Grow(Func<int> count, string where)
    {
        try
        {
            Count = checked(Count + count());
        }
        catch (OverflowException)
        {
            throw new AdapterFormatException(
                AdapterFault.InvalidSetting, where, $"its ranks ask for more than {int.MaxValue:N0} numbers in all.", "Choose a smaller rank.");
        }
    }

    private LoraLayer Place(AdapterConfigFile file, string where, string name, int index, int inputs, int outputs, bool hasMagnitude)
    {
        int rank = Pattern(file.RankPattern, "rank_pattern", name, file.Rank, where);
        if (rank > RankMax)
        {
            throw new AdapterFormatException(
                AdapterFault.InvalidSetting, where, $"the rank of {name} is {rank}; at most {RankMax} is computed.", "Choose a smaller rank.");
        }

        double alpha = Pattern(file.AlphaPattern, "alpha_pattern", name, file.Alpha, where);
        float scale = (float)(alpha / (file.RankStabilized ? Math.Sqrt(rank) : rank));
        var layer = new LoraLayer(name, index, inputs, outputs, rank, scale, Count, hasMagnitude);
        Grow(() => layer.Count, where);
        return layer;
    }

    private void PlaceSaved(AdapterConfigFile file, string where, DecoderModel model)
    {
        foreach (string module in file.ModulesToSave.Distinct())
        {
            if (LoraConfig.IsMatch(model.PartNames.Head, module))
            {
                Save(SavedPart.Head, $"{model.PartNames.Head}.weight", model.Config.VocabularySize, model.Config.HiddenSize);
                if (model.HeadBias is not null)
                {
                    Save(SavedPart.HeadBias, $"{model.PartNames.Head}.bias", 1, model.Config.VocabularySize);
                }
            }
            else if (LoraConfig.IsMatch(model.PartNames.TokenEmbedding, module))
            {
                Save(SavedPart.Embedding, $"{model.PartNames.TokenEmbedding}.weight", model.Config.VocabularySize, model.Config.HiddenSize);
            }
            else
            {
                throw new AdapterFormatException(
                    AdapterFault.UnsupportedAdapter, where, $"it replaces the module {module} (modules_to_save), which this engine does not do.",
                    $"It replaces {model.PartNames.Head} and {model.PartNames.TokenEmbedding}; merge the adapter with PEFT.");
            }
        }

        void Save(SavedPart part, string name, int rows, int columns)
        {
            _saved.Add(new SavedModule(part, name, rows, columns, Count));
            Grow(() => _saved[^1].Count, where);
        }
    }
}
