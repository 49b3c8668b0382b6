using System.Buffers.Binary;

namespace Ratchet.Fuzz.Inputs;

/// <summary>Changes the JSON header of a safetensors file and keeps the length before it true, so that readers look inside.</summary>
internal static class SafetensorsMutation
{
    private const int PrefixLength = 8;

    public static byte[] Of(byte[] whole, Random random)
    {
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        byte[] header = JsonMutation.Of(whole[PrefixLength..(PrefixLength + length)], random);
        byte[] prefix = new byte[PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        return [.. prefix, .. header, .. whole.AsSpan(PrefixLength + length)];
    }
}
