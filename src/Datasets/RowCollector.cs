using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Datasets.Json;
using Ratchet.Datasets.Quality;
using Ratchet.Datasets.Rows;

namespace Ratchet.Datasets;

/// <summary>Turns values into rows, counts, looks for repetitions, and writes the report.</summary>
/// <param name="keepsRows">False where the report is all that is asked for: a file of half a gigabyte is not held in memory then.</param>
internal sealed class RowCollector(IssueList issues, DatasetLimits limits, bool keepsRows)
{
    // Between the parts of a row that is hashed: no text holds them.
    private const byte LearnedRoleEnd = 0xFD;
    private const byte RoleEnd = 0xFE;
    private const byte PartEnd = 0xFF;

    private readonly List<ConversationRow> _rows = [];
    private readonly Dictionary<UInt128, int> _lineByContent = [];
    private readonly NearDuplicates _nearDuplicates = new();
    private DatasetFormat _format;
    private int _formatLine;
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly List<string> _said = [];
    private int _total;
    private int _accepted;
    private int _rejected;
    private int _skipped;
    private int _empty;
    private int _long;
    private int _duplicates;
    private int _near;
    private int _garbled;
    private int _special;
    private long _promptLength;
    private long _completionLength;

    /// <param name="values">Null stands for a row whose fault has been reported.</param>
    public void AddAll(IEnumerable<LocatedValue?> values)
    {
        foreach (LocatedValue? value in values)
        {
            if (_total == limits.RowsMax)
            {
                issues.Error(
                    value?.Line ?? 0,
                    0,
                    DatasetIssueCodes.TooManyRows,
                    $"The file has more than {limits.RowsMax:N0} rows; the others were not read. Split it.");
                return;
            }

            _total++;
            Add(value);
        }
    }

    public DatasetReadResult Finish(DatasetContainer container, long bytes)
    {
        if (_accepted < limits.RowsMin)
        {
            issues.Error(
                0,
                0,
                DatasetIssueCodes.InvalidExampleCount,
                $"Training file has {_accepted} example(s), but must have at least {limits.RowsMin} examples");
        }
        else if (_accepted < limits.RowsAdvised)
        {
            issues.Warning(
                0,
                0,
                DatasetIssueCodes.FewExamples,
                $"{_accepted} examples seldom change what a model does; {limits.RowsAdvised} to 200 good ones are a beginning.");
        }

        double count = Math.Max(1, _accepted);
        var report = new DatasetReport(
            _format,
            container,
            bytes,
            _total,
            _accepted,
            _rejected,
            _skipped,
            _promptLength / count,
            _completionLength / count,
            _empty,
            _long,
            _duplicates,
            _near,
            _garbled,
            _special,
            issues.ErrorCount,
            issues.WarningCount,
            issues.Errors,
            issues.Warnings,
            Notes());
        return new DatasetReadResult(_format, _rows, report);
    }

    private void Add(LocatedValue? value)
    {
        int errors = issues.ErrorCount;
        ConversationRow? row = value is null ? null : Read(value);
        if (row is null)
        {
            bool isFault = value is null || issues.ErrorCount > errors;
            _rejected += isFault ? 1 : 0;
            _skipped += isFault ? 0 : 1;
        }
        else if (IsEmpty(row))
        {
            _empty++;
            _skipped++;
            issues.Warning(row.Line, 0, DatasetIssueCodes.EmptyRow, "The prompt or the answer is empty; the row is left out.");
        }
        else
        {
            Keep(row);
        }
    }

    private ConversationRow? Read(LocatedValue value)
    {
        if (value.Kind != JsonValueKind.Object)
        {
            RowReading.ReportNotAnObject(value, issues);
            return null;
        }

        DatasetFormat shape = RowShape.Of(value);
        if (shape == DatasetFormat.Unknown)
        {
            RowReading.ReportUnknown(value, issues);
            return null;
        }

        if (_format == DatasetFormat.Unknown)
        {
            (_format, _formatLine) = (shape, value.Line);
        }
        else if (shape != _format)
        {
            issues.Error(
                value.Line,
                value.Column,
                DatasetIssueCodes.MixedFormats,
                $"The row has the shape '{Name(shape)}', but the file began with '{Name(_format)}' on line {_formatLine}. Keep one shape a file.");
            return null;
        }

        return RowReading.Read(value, shape, issues);
    }

    private void Keep(ConversationRow row)
    {
        int completion = 0;
        int learned = 0;
        foreach (ConversationMessage message in Learned(row))
        {
            completion += message.Content.Length + (message.ToolCalls?.Length ?? 0);
            learned += row.Preferred is null ? message.Content.Length : 0;
        }

        int prompt = -learned;
        foreach (ConversationMessage message in row.Messages)
        {
            prompt += message.Content.Length;
        }

        _promptLength += prompt;
        _completionLength += completion;
        if (prompt + completion > limits.CharactersMax)
        {
            _long++;
            issues.Warning(
                row.Line,
                0,
                DatasetIssueCodes.LongExample,
                $"The row has {prompt + completion:N0} characters; beyond {limits.CharactersMax:N0} it may not fit into the training length.");
        }

        LookAtText(row);
        _accepted++;
        row = LookForRepetition(row);
        if (keepsRows)
        {
            _rows.Add(row);
        }
    }

    private ConversationRow LookForRepetition(ConversationRow row)
    {
        UInt128 key = ContentKey(row);
        if (!_lineByContent.TryAdd(key, row.Line))
        {
            _duplicates++;
            issues.Warning(row.Line, 0, DatasetIssueCodes.Duplicate, $"The row repeats line {_lineByContent[key]}.");
            return row with { DuplicateOfLine = _lineByContent[key] };
        }

        _said.Clear();
        foreach (ConversationMessage message in row.Messages)
        {
            if (message.Role is not ("system" or "developer"))
            {
                _said.Add(message.Content);
            }
        }

        _said.Add(row.Preferred?.Content ?? "");
        if (_nearDuplicates.Add(row.Line, CollectionsMarshal.AsSpan(_said)) is not { } line)
        {
            return row;
        }

        _near++;
        issues.Warning(row.Line, 0, DatasetIssueCodes.NearDuplicate, $"The row says nearly the same as line {line}.");
        return row with { NearDuplicateOfLine = line };
    }

    // The same for rows that say the same, word for word.
    private UInt128 ContentKey(ConversationRow row)
    {
        _content.ResetWrittenCount();
        foreach (ConversationMessage message in row.Messages)
        {
            Hashed(message.Role, message.IsTarget && row.Preferred is null ? LearnedRoleEnd : RoleEnd);
            Hashed(message.Content, PartEnd);
            Hashed(message.ToolCalls, PartEnd);
        }

        Hashed(row.Preferred?.Content, PartEnd);
        Hashed(row.NonPreferred?.Content, PartEnd);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_content.WrittenSpan, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);

        void Hashed(string? text, byte end)
        {
            Encoding.UTF8.GetBytes(text ?? "", _content);
            _content.Write([end]);
        }
    }

    private void LookAtText(ConversationRow row)
    {
        bool garbled = false;
        bool special = false;
        foreach (ConversationMessage message in row.Messages.Append(row.Preferred).Append(row.NonPreferred).OfType<ConversationMessage>())
        {
            if (!garbled && TextQuality.GarbledPart(message.Content) is { } part)
            {
                garbled = true;
                string codes = string.Join(' ', part.Select(character => $"U+{(int)character:X4}"));
                issues.Warning(
                    message.Line, message.Column, DatasetIssueCodes.GarbledText, $"This text holds {codes}, which looks wrongly decoded.");
            }

            if (!special && TextQuality.SpecialToken(message.Content) is { } token)
            {
                special = true;
                issues.Warning(
                    message.Line,
                    message.Column,
                    DatasetIssueCodes.SpecialToken,
                    $"This text holds '{token}', a control token of some models; it is trained as plain text.");
            }
        }

        _garbled += garbled ? 1 : 0;
        _special += special ? 1 : 0;
    }

    private List<string> Notes()
    {
        var notes = new List<string>();
        if (_accepted >= limits.RowsMin && _accepted <= 200)
        {
            notes.Add("50 to 200 examples are enough to teach a style, not facts: facts belong into documents, where retrieval finds them.");
        }

        if (_format == DatasetFormat.Preference)
        {
            notes.Add("Every row has two answers: train it with method 'dpo'.");
        }

        return notes;
    }

    private static IEnumerable<ConversationMessage> Learned(ConversationRow row) =>
        row.Preferred is { } preferred ? [preferred] : row.Messages.Where(message => message.IsTarget);

    private static bool IsEmpty(ConversationRow row) =>
        Learned(row).All(message => string.IsNullOrWhiteSpace(message.Content) && message.ToolCalls is null)
        || !row.Messages.Any(message => message.Role != "assistant" && !string.IsNullOrWhiteSpace(message.Content));

    private static string Name(DatasetFormat format) => JsonSerializer.Serialize(format).Trim('"');
}
