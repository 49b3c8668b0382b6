namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>A delivery of telemetry is not what its content type says.</summary>
internal sealed class OtlpFormatException : FormatException
{
    private OtlpFormatException(string message)
        : base(message)
    {
    }

    internal static OtlpFormatException CutShort(int offset, long needed, int left) => new(
        $"Byte {offset}: {needed} bytes were announced and {left} are left. The delivery is cut short or is no OTLP message.");

    internal static OtlpFormatException BadVarint(int offset) => new(
        $"Byte {offset}: a number runs over more than ten bytes. The delivery is no protobuf message.");

    internal static OtlpFormatException BadTag(int offset, ulong tag) => new(
        $"Byte {offset}: 0x{tag:X} is no field tag; needed are a field number from 1 up and one of the wire types 0, 1, 2 and 5.");

    internal static OtlpFormatException WrongType(int offset, int field, int wireType) => new(
        $"Byte {offset}: field {field} has wire type {wireType}, which OTLP does not give it. The delivery is another kind of message.");

    internal static OtlpFormatException TooDeep(int offset, int depthMax) => new(
        $"Byte {offset}: messages are nested more than {depthMax} deep. Send flatter attribute values.");

    internal static OtlpFormatException BadFrame(string found) => new(
        $"{found} was found; a gRPC frame of one flag byte (0 or 1), a length in four bytes and that many bytes is needed.");

    internal static OtlpFormatException BadJson(string why) => new(
        $"The body is no OTLP in JSON: {why} Ids are hex text, 64-bit numbers are text or numbers, enums are numbers.");
}
