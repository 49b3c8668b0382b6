using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Filters that cut lists and texts: batch, slice, groupby, truncate, urlencode.</summary>
internal static class JinjaSequences
{
    /// <summary>Lists of so many items each.</summary>
    public static List<object?> Batch(RenderContext context, object? value, long count, object? fill)
    {
        if (count < 1)
        {
            throw new TemplateException(TemplateFault.Rendering, "batch wants a number of items from 1.");
        }

        var batches = new List<object?>();
        foreach (object?[] chunk in JinjaValue.Items(value).Chunk((int)Math.Min(count, int.MaxValue)))
        {
            var batch = new List<object?>(chunk);
            while (fill is not null && batch.Count < Math.Min(count, RenderContext.ListMax))
            {
                context.Step();
                batch.Add(fill);
            }

            batches.Add(batch);
        }

        return batches;
    }

    /// <summary>So many lists, as equal in length as can be, the longer ones first.</summary>
    public static List<object?> Slice(RenderContext context, object? value, long count, object? fill)
    {
        if (count is < 1 or > RenderContext.ListMax)
        {
            throw new TemplateException(TemplateFault.Rendering, $"slice wants a number of lists from 1 to {RenderContext.ListMax:N0}.");
        }

        List<object?> items = JinjaValue.Items(value);
        int size = items.Count / (int)count;
        int longer = items.Count % (int)count;
        var slices = new List<object?>();
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            context.Step();
            int length = size + (i < longer ? 1 : 0);
            List<object?> slice = items.GetRange(at, length);
            at += length;
            if (fill is not null && i >= longer)
            {
                slice.Add(fill);
            }

            slices.Add(slice);
        }

        return slices;
    }

    /// <summary>Groups of items with the same attribute, by its order; each has a grouper and a list.</summary>
    public static List<object?> GroupBy(object? value, Func<object?, object?> attribute)
    {
        var comparer = Comparer<object?>.Create(JinjaValue.Compare);
        var groups = new List<object?>();
        List<object?> members = [];
        object? last = null;
        foreach (object? item in JinjaValue.Items(value).OrderBy(item => Folded(attribute(item)), comparer))
        {
            object? key = attribute(item);
            if (groups.Count == 0 || !JinjaValue.AreEqual(Folded(key), last))
            {
                members = [];
                last = Folded(key);
                groups.Add(new JinjaTuple([key, members]) { FieldNames = ["grouper", "list"] });
            }

            members.Add(item);
        }

        return groups;

        static object? Folded(object? key) => key is string text ? text.ToLowerInvariant() : key;
    }

    /// <summary>The beginning of a text that is longer than <paramref name="length"/> by more than <paramref name="leeway"/>.</summary>
    public static string Truncate(string text, long length, bool cutsWords, string end, long leeway)
    {
        List<string> points = PythonText.CodePoints(text);
        if (points.Count <= length + leeway)
        {
            return text;
        }

        int kept = (int)Math.Clamp(length - PythonText.CodePoints(end).Count, 0, points.Count);
        string start = string.Concat(points.Take(kept));
        int space = cutsWords ? -1 : start.LastIndexOf(' ');
        return (space < 0 ? start : start[..space]) + end;
    }

    /// <summary>A text for use in a URL; of a mapping a query.</summary>
    public static string UrlEncode(object? value) => value is JinjaMap map
        ? string.Join('&', map.Entries.Select(entry => $"{Quote(entry.Key, isQuery: true)}={Quote(PythonText.Of(entry.Value), isQuery: true)}"))
        : value is List<object?> pairs
            ? string.Join('&', pairs.Select(pair => string.Join('=', JinjaValue.Items(pair).Select(part => Quote(PythonText.Of(part), isQuery: true)))))
            : Quote(PythonText.Of(value), isQuery: false);

    private static string Quote(string text, bool isQuery)
    {
        var quoted = new StringBuilder(text.Length);
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)value;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !isQuery))
            {
                quoted.Append(c);
            }
            else if (c == ' ' && isQuery)
            {
                quoted.Append('+');
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return quoted.ToString();
    }
}
