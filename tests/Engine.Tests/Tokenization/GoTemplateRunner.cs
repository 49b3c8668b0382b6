using System.Text;
using System.Text.RegularExpressions;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Tokenization;

/// <summary>Runs the part of Go's text/template that is written here, by the rules of its documentation, over Ollama's names.</summary>
internal sealed partial class GoTemplateRunner
{
    private readonly List<(bool IsAction, string Text)> _parts = [];
    private readonly Dictionary<string, object?> _variables = [];
    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, object?> _root;

    private GoTemplateRunner(string template, Dictionary<string, object?> root)
    {
        _root = root;
        foreach (Match match in Part().Matches(template))
        {
            _parts.Add((match.Groups["action"].Success, match.Groups["action"].Success ? match.Groups["action"].Value.Trim() : match.Value));
        }
    }

    /// <summary>What Ollama would send: a system text of the Modelfile goes before a conversation that brings none.</summary>
    public static string Run(string template, string? system, IReadOnlyList<ChatMessage> messages)
    {
        List<ChatMessage> all = [.. messages];
        if (system is not null && all[0].Role != "system")
        {
            all.Insert(0, new ChatMessage("system", system));
        }

        var runner = new GoTemplateRunner(template, new Dictionary<string, object?>
        {
            ["System"] = string.Join("\n\n", all.Where(m => m.Role == "system").Select(m => m.Content)),
            ["Messages"] = all.Select(m => new Dictionary<string, object?> { ["Role"] = m.Role, ["Content"] = m.Content }).Cast<object?>().ToList(),
        });
        runner.Block(0, runner._parts.Count, runner._root, isRunning: true);
        return runner._output.ToString();
    }

    // Runs parts from one place on until an end or else of its own; gives where it stopped.
    private int Block(int at, int stop, object? dot, bool isRunning)
    {
        while (at < stop)
        {
            (bool isAction, string text) = _parts[at];
            if (!isAction)
            {
                _output.Append(isRunning ? text : string.Empty);
                at++;
            }
            else if (text == "end" || text.StartsWith("else", StringComparison.Ordinal))
            {
                return at;
            }
            else if (text.StartsWith("if ", StringComparison.Ordinal))
            {
                at = If(at, stop, dot, isRunning);
            }
            else if (text.StartsWith("range ", StringComparison.Ordinal))
            {
                at = Range(at, stop, isRunning);
            }
            else
            {
                Action(text, dot, isRunning);
                at++;
            }
        }

        return at;
    }

    private int If(int at, int stop, object? dot, bool isRunning)
    {
        bool isDone = !isRunning;
        string condition = _parts[at].Text["if ".Length..];
        while (true)
        {
            bool holds = !isDone && (condition.Length == 0 || IsTrue(Evaluate(condition, dot)));
            at = Block(at + 1, stop, dot, holds);
            isDone |= holds;
            if (_parts[at].Text == "end")
            {
                return at + 1;
            }

            condition = _parts[at].Text["else".Length..].Trim();
            condition = condition.StartsWith("if ", StringComparison.Ordinal) ? condition["if ".Length..] : condition;
        }
    }

    private int Range(int at, int stop, bool isRunning)
    {
        Match head = RangeHead().Match(_parts[at].Text);
        var list = (List<object?>)Evaluate(head.Groups["list"].Value, _root)!;
        int end = Block(at + 1, stop, null, isRunning: false);
        for (int i = 0; isRunning && i < list.Count; i++)
        {
            _variables[head.Groups["index"].Value] = i;
            _variables[head.Groups["item"].Value] = list[i];
            Block(at + 1, stop, list[i], isRunning: true);
        }

        return end + 1;
    }

    private void Action(string text, object? dot, bool isRunning)
    {
        if (!isRunning)
        {
            return;
        }

        Match assignment = Assignment().Match(text);
        if (assignment.Success)
        {
            _variables[assignment.Groups["name"].Value] = Evaluate(assignment.Groups["value"].Value, dot);
            return;
        }

        _output.Append(Evaluate(text, dot));
    }

    private object? Evaluate(string text, object? dot)
    {
        var words = new Queue<string>(Word().Matches(text).Select(m => m.Value));
        object? value = Call(words, dot);
        Assert.Empty(words);
        return value;
    }

    private object? Call(Queue<string> words, object? dot)
    {
        string name = words.Peek();
        if (name is not ("eq" or "ne" or "and" or "not" or "len" or "slice"))
        {
            return Operand(words, dot);
        }

        words.Dequeue();
        var arguments = new List<object?>();
        while (words.Count > 0 && words.Peek() != ")")
        {
            arguments.Add(Operand(words, dot));
        }

        return name switch
        {
            "eq" => Equals(arguments[0], arguments[1]),
            "ne" => !Equals(arguments[0], arguments[1]),
            "and" => arguments.All(IsTrue),
            "not" => !IsTrue(arguments[0]),
            "len" => ((List<object?>)arguments[0]!).Count,
            _ => ((List<object?>)arguments[0]!)[(int)arguments[1]!..],
        };
    }

    private object? Operand(Queue<string> words, object? dot)
    {
        string word = words.Dequeue();
        if (word == "(")
        {
            object? inner = Call(words, dot);
            Assert.Equal(")", words.Dequeue());
            return inner;
        }

        return word[0] switch
        {
            '"' => word[1..^1],
            '.' => ((Dictionary<string, object?>)dot!)[word[1..]],
            '$' when word.StartsWith("$.", StringComparison.Ordinal) => _root[word[2..]],
            '$' => _variables[word],
            _ when word is "true" or "false" => word == "true",
            _ => int.Parse(word, System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    private static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        int number => number != 0,
        _ => true,
    };

    [GeneratedRegex(@"\{\{(?<action>(?:\s*""[^""]*""\s*|[^}])*)\}\}|(?:(?!\{\{)[\s\S])+")]
    private static partial Regex Part();

    [GeneratedRegex(@"^range (?<index>\$\w+), (?<item>\$\w+) := (?<list>.+)$")]
    private static partial Regex RangeHead();

    [GeneratedRegex(@"^(?<name>\$\w+) :?= (?<value>.+)$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"""[^""]*""|[()]|[^\s()]+")]
    private static partial Regex Word();
}
