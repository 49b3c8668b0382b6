using System.Buffers.Binary;
using System.Text;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Walks the fields of a Protocol Buffers message. Every length is checked before it is used.</summary>
/// <remarks>
/// A field is a number (field · 8 + kind, seven bits a byte) and its value: kind 0 a number, 1 eight bytes, 2 a length and so
/// many bytes, 5 four bytes. Source: https://protobuf.dev/programming-guides/encoding/.
/// </remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>Number of the field that was read last.</summary>
    internal int Field { get; private set; }

    /// <summary>Its value where that is a number of any kind.</summary>
    internal ulong Number { get; private set; }

    /// <summary>Its value where that is bytes.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value as single precision.</summary>
    internal readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Its value as text.</summary>
    internal readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Reads the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="VocabularyException">The message ends within a field, or a field is of a kind that there is not.</exception>
    internal bool Next()
    {
        if (_at == _message.Length)
        {
            return false;
        }

        ulong key = Varint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        Bytes = [];
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw new VocabularyException($"At byte {_at:N0} of a message is a field of kind {key & 7}; known are 0, 1, 2 and 5. Fetch the file again.");
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new VocabularyException($"At byte {_at:N0} of a message is a number of more than 64 bits. Fetch the file again.");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_message.Length - _at))
        {
            throw new VocabularyException(
                $"A message of {_message.Length:N0} bytes ends within a field: at byte {_at:N0} another {count:N0} were needed. Fetch the file again.");
        }

        ReadOnlySpan<byte> taken = _message.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }
}
