using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;
using FsCheck;
using FsCheck.Fluent;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>What comes from outside is read within its bounds, whatever it is.</summary>
public sealed class ProtobufReaderTests
{
    [Fact]
    public void Each_wire_type_reads_back_as_it_was_written()
    {
        var writer = new ProtobufWriter();
        writer.Varint(1, 300);
        writer.Fixed64(2, ulong.MaxValue);
        writer.Double(3, -1.5);
        writer.Text(4, "grün 绿");
        writer.Message(1000, inner => inner.Varint(1, 7));
        var reader = new ProtobufReader(writer.Written);

        Assert.True(reader.Next() && reader.Field == 1);
        Assert.Equal(300UL, reader.ReadVarint());
        Assert.True(reader.Next());
        Assert.Equal(ulong.MaxValue, reader.ReadFixed64());
        Assert.True(reader.Next());
        Assert.Equal(-1.5, reader.ReadDouble());
        Assert.True(reader.Next());
        Assert.Equal("grün 绿", System.Text.Encoding.UTF8.GetString(reader.ReadBytes()));
        Assert.True(reader.Next() && reader.Field == 1000);
        ProtobufReader inner = reader.ReadMessage();
        Assert.True(inner.Next());
        Assert.Equal(7UL, inner.ReadVarint());
        Assert.False(inner.Next());
        Assert.False(reader.Next());
    }

    [Theory]
    [InlineData("0A", "Byte 1: 1 bytes were announced and 0 are left")]
    [InlineData("0A05FF", "Byte 1: 5 bytes were announced and 1 are left")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01", "bytes were announced and 0 are left")]
    [InlineData("00", "Byte 0: 0x0 is no field tag")]
    [InlineData("0B", "Byte 0: 0xB is no field tag")]
    [InlineData("0801", "Byte 1: field 1 has wire type 0")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF", "Byte 0: a number runs over more than ten bytes")]
    [InlineData("0A020A05", "Byte 3: 5 bytes were announced and 0 are left")]
    public void What_is_wrong_is_named_by_its_place(string hex, string message)
    {
        var store = new TelemetryStore();

        OtlpFormatException fault = Assert.Throws<OtlpFormatException>(() => OtlpTraces.Read(Convert.FromHexString(hex), store));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_nested_without_end_are_refused_and_leave_nothing()
    {
        Action<ProtobufWriter> value = any => any.Text(1, "deepest");
        for (int i = 0; i < 200; i++)
        {
            Action<ProtobufWriter> below = value;
            value = any => any.Message(5, list => list.Message(1, below));
        }

        byte[] request = Requests.Traces("deep", Requests.Span(1, 1, "fine"), span =>
        {
            span.Bytes(1, new byte[16]);
            span.Message(9, pair => pair.Message(2, value));
        });
        var store = new TelemetryStore();

        OtlpFormatException fault = Assert.Throws<OtlpFormatException>(() => OtlpTraces.Read(request, store));

        Assert.Contains("nested more than", fault.Message, StringComparison.Ordinal);
        Assert.Empty(store.Traces.Snapshot());
    }

    [Fact]
    public void A_resource_that_stands_after_its_spans_is_found()
    {
        var request = new ProtobufWriter();
        request.Message(1, group =>
        {
            group.Message(2, scope =>
            {
                scope.Message(2, Requests.Span(1, 2, "late"));
                scope.Message(1, name => name.Text(1, "Late.Scope"));
            });
            group.Message(1, resource => resource.Message(1, pair => Requests.Attribute(pair, "service.name", "late-service")));
        });
        var store = new TelemetryStore();

        OtlpTraces.Read(request.Written, store);

        Span span = Assert.Single(store.Traces.Snapshot()).Root;
        Assert.Equal(("late-service", "Late.Scope"), (span.Resource.Name, span.Scope.Name));
    }

    [Fact]
    public void Bytes_of_any_kind_are_taken_or_refused_and_nothing_else() => Hold(Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), bytes => Signals().All(signal => IsTakenOrRefused(signal, bytes))));

    [Fact]
    public void A_good_request_with_a_bad_byte_is_taken_or_refused_and_nothing_else()
    {
        byte[][] good =
        [
            Requests.Traces("good", Requests.Span(1, 2, "name", isError: true, attributes: [("list", new object[] { "a", 1, 2.5, true })])),
            Requests.Metrics("good", Requests.Histogram("h", Requests.Start, [1, 2], [1, 2, 3], 9), Requests.Counter("c", Requests.Start, 1)),
            Requests.Logs("good", Requests.Log("text", attributes: [("a", "b")])),
        ];
        Hold(Prop.ForAll(ArbMap.Default.ArbFor<(int Place, byte Value)>(), change => Signals().All(signal =>
        {
            byte[] bytes = [.. good[(int)signal]];
            bytes[(change.Place & int.MaxValue) % bytes.Length] = change.Value;
            return IsTakenOrRefused(signal, bytes);
        })));
    }

    [Fact]
    public void A_good_request_cut_anywhere_is_taken_or_refused_and_nothing_else()
    {
        byte[] good = Requests.Traces("good", Requests.Span(1, 2, "name", isError: true, attributes: [("a", "b")]));
        for (int length = 0; length < good.Length; length++)
        {
            Assert.True(IsTakenOrRefused(OtlpSignal.Traces, good[..length]));
        }
    }

    // A seed of its own, so that a build machine never depends on luck.
    private static void Hold(Property property) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(1, 3), property);

    private static OtlpSignal[] Signals() => Enum.GetValues<OtlpSignal>();

    private static bool IsTakenOrRefused(OtlpSignal signal, byte[] bytes)
    {
        try
        {
            OtlpIntake.Read(signal, bytes, new TelemetryStore());
        }
        catch (OtlpFormatException)
        {
            // Refused in words.
        }

        return true;
    }
}
