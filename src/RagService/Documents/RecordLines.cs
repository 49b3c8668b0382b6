using System.Text;

namespace Ratchet.RagService.Documents;

/// <summary>Writes records (rows of a table, objects of a list) as lines that can be read, searched and cited.</summary>
internal sealed class RecordLines
{
    private static readonly string[] QuestionNames = ["question", "q", "prompt", "instruction", "问题", "问", "提问"];
    private static readonly string[] AnswerNames = ["answer", "a", "completion", "output", "response", "答案", "答", "回答"];

    private readonly StringBuilder _text = new();
    private readonly List<StatedPair> _pairs = [];

    /// <summary>Adds one record as "- name: value; name: value"; empty values are left out.</summary>
    public void Add(IReadOnlyList<(string Name, string Value)> fields)
    {
        List<(string Name, string Value)> filled =
            [.. fields.Select(f => (Name: OneLine(f.Name), Value: OneLine(f.Value))).Where(f => f.Value.Length > 0)];
        if (filled.Count == 0)
        {
            return;
        }

        int start = _text.Length;
        _text.Append("- ");
        for (int i = 0; i < filled.Count; i++)
        {
            _text.Append(i > 0 ? "; " : "");
            if (filled[i].Name.Length > 0)
            {
                _text.Append(filled[i].Name).Append(": ");
            }

            _text.Append(filled[i].Value);
        }

        _text.Append('\n');
        if (Find(filled, QuestionNames) is { } question && Find(filled, AnswerNames) is { } answer)
        {
            _pairs.Add(new StatedPair(question, answer, start));
        }
    }

    public void AddHeading(string title) => _text.Append(_text.Length > 0 ? "\n" : "").Append("## ").Append(title).Append("\n\n");

    public ExtractedText ToText(string? title) => new(_text.ToString().Trim(), title, _pairs);

    private static string? Find(List<(string Name, string Value)> fields, string[] names) =>
        fields.Find(field => names.Contains(field.Name, StringComparer.OrdinalIgnoreCase)).Value;

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
