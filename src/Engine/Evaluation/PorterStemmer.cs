namespace Ratchet.Engine.Evaluation;

/// <summary>
/// Porter's stemmer (1980) with the changes that NLTK makes, which rouge_score uses: irregular words, <c>ied</c>,
/// <c>ies</c>, <c>alli</c>, <c>fulli</c>, <c>logi</c>, and a <c>y</c> that stays after a vowel.
/// </summary>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new()
    {
        ["sky"] = "sky",
        ["skies"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["innings"] = "inning",
        ["inning"] = "inning",
        ["outings"] = "outing",
        ["outing"] = "outing",
        ["cannings"] = "canning",
        ["canning"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    private static readonly (string Suffix, string Replacement)[] Step2Rules =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
        ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
        ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string Suffix, string Replacement)[] Step3Rules =
    [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ];

    private static readonly string[] Step4Suffixes =
    [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
        "ous", "ive", "ize",
    ];

    /// <summary>The stem of a word.</summary>
    /// <param name="word">Lower case, a-z and 0-9.</param>
    public static string Stem(string word) =>
        Irregular.TryGetValue(word, out string? irregular) ? irregular
        : word.Length <= 2 ? word
        : Step5(Step4(Replaced(Step2(Step1C(Step1B(Step1A(word)))), Step3Rules)));

    private static string Step1A(string word)
    {
        if (word.EndsWith("ies", StringComparison.Ordinal))
        {
            return word.Length == 4 ? word[..^1] : word[..^2];
        }

        return word.EndsWith("sses", StringComparison.Ordinal) ? word[..^2]
            : word.EndsWith("ss", StringComparison.Ordinal) ? word
            : word.EndsWith('s') ? word[..^1]
            : word;
    }

    private static string Step1B(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
        {
            return word.Length == 4 ? word[..^1] : word[..^2];
        }

        if (word.EndsWith("eed", StringComparison.Ordinal))
        {
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        }

        string stem = word.EndsWith("ed", StringComparison.Ordinal) && HasVowel(word[..^2]) ? word[..^2]
            : word.EndsWith("ing", StringComparison.Ordinal) && HasVowel(word[..^3]) ? word[..^3]
            : "";
        if (stem.Length == 0)
        {
            return word;
        }

        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal)
            || stem.EndsWith("iz", StringComparison.Ordinal))
        {
            return stem + "e";
        }

        if (EndsWithDoubleConsonant(stem))
        {
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        }

        return Measure(stem) == 1 && EndsWithShortSyllable(stem) ? stem + "e" : stem;
    }

    private static string Step1C(string word) =>
        word.EndsWith('y') && word.Length > 2 && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    private static string Step2(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0)
        {
            return Step2(word[..^2]);
        }

        // Its condition looks at the word without "ogi", so "theologi" loses its last letter and "logi" does not.
        string replaced = Replaced(word, Step2Rules);
        return replaced == word && word.EndsWith("logi", StringComparison.Ordinal) && Measure(word[..^3]) > 0
            ? word[..^1]
            : replaced;
    }

    private static string Step4(string word)
    {
        foreach (string suffix in Step4Suffixes)
        {
            if (word.EndsWith(suffix, StringComparison.Ordinal))
            {
                string stem = word[..^suffix.Length];
                return Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't') ? stem : word;
            }
        }

        return word;
    }

    private static string Step5(string word)
    {
        if (word.EndsWith('e'))
        {
            string stem = word[..^1];
            int measure = Measure(stem);
            word = measure > 1 || (measure == 1 && !EndsWithShortSyllable(stem)) ? stem : word;
        }

        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    // The first suffix that fits decides, whether or not its stem is long enough.
    private static string Replaced(string word, (string Suffix, string Replacement)[] rules)
    {
        foreach ((string suffix, string replacement) in rules)
        {
            if (word.EndsWith(suffix, StringComparison.Ordinal))
            {
                string stem = word[..^suffix.Length];
                return Measure(stem) > 0 ? stem + replacement : word;
            }
        }

        return word;
    }

    private static bool IsConsonant(string word, int index)
    {
        // A y is a consonant at the start and after a vowel; a run of them alternates.
        bool isConsonant = true;
        for (int place = 0; place <= index; place++)
        {
            isConsonant = word[place] switch
            {
                'a' or 'e' or 'i' or 'o' or 'u' => false,
                'y' => place == 0 || !isConsonant,
                _ => true,
            };
        }

        return isConsonant;
    }

    // How often a vowel is followed by a consonant: the m of Porter's paper.
    private static int Measure(string stem)
    {
        int measure = 0;
        for (int index = 1; index < stem.Length; index++)
        {
            measure += IsConsonant(stem, index) && !IsConsonant(stem, index - 1) ? 1 : 0;
        }

        return measure;
    }

    private static bool HasVowel(string stem)
    {
        for (int index = 0; index < stem.Length; index++)
        {
            if (!IsConsonant(stem, index))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsWithDoubleConsonant(string word) =>
        word.Length >= 2 && word[^1] == word[^2] && IsConsonant(word, word.Length - 1);

    // Consonant, vowel, consonant, the last not w, x or y: the *o of the paper; NLTK takes two letters too.
    private static bool EndsWithShortSyllable(string word) => word.Length >= 3
        ? IsConsonant(word, word.Length - 3) && !IsConsonant(word, word.Length - 2) && IsConsonant(word, word.Length - 1)
            && word[^1] is not ('w' or 'x' or 'y')
        : word.Length == 2 && !IsConsonant(word, 0) && IsConsonant(word, 1);
}
