namespace Ratchet.Datasets;

/// <summary>Machine codes of errors and warnings. The first group has the names of OpenAI's own validator.</summary>
public static class DatasetIssueCodes
{
    public const string DataType = "data_type";
    public const string MissingMessagesList = "missing_messages_list";
    public const string MessageMissingKey = "message_missing_key";
    public const string MessageUnrecognizedKey = "message_unrecognized_key";
    public const string UnrecognizedRole = "unrecognized_role";
    public const string MissingContent = "missing_content";
    public const string ExampleMissingAssistantMessage = "example_missing_assistant_message";
    public const string InvalidExampleCount = "invalid_n_examples";

    public const string InvalidJson = "invalid_json";
    public const string InvalidCsv = "invalid_csv";
    public const string InvalidEncoding = "invalid_encoding";
    public const string InvalidWeight = "invalid_weight";
    public const string NestingTooDeep = "nesting_too_deep";
    public const string RowTooLong = "row_too_long";
    public const string TooManyRows = "too_many_rows";
    public const string FileTooLarge = "file_too_large";
    public const string UnrecognizedRow = "unrecognized_row";
    public const string MixedFormats = "mixed_formats";
    public const string MissingColumn = "missing_column";
    public const string UnsupportedContent = "unsupported_content";

    public const string GluedObjects = "glued_objects";
    public const string MultilineObject = "multiline_object";
    public const string StrayComma = "stray_comma";
    public const string DuplicateKey = "duplicate_key";
    public const string EmptyRow = "empty_row";
    public const string TurnOrder = "turn_order";
    public const string TrailingMessages = "trailing_messages";
    public const string FewExamples = "few_examples";
    public const string LongExample = "long_example";
    public const string Duplicate = "duplicate";
    public const string NearDuplicate = "near_duplicate";
    public const string GarbledText = "garbled_text";
    public const string SpecialToken = "special_token";
}
