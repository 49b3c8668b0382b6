namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>Writes the few x86-64 instructions that the emitted routines are made of.</summary>
/// <remarks>
/// Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.3 (VEX), 2.7 (EVEX) and the pages of the
/// instructions. Displacements always take four bytes, so that no compression of theirs needs to be known.
/// </remarks>
internal sealed class Assembler
{
    private readonly List<byte> _bytes = [];

    private enum Prefix
    {
        None,
        Op66,
        F3,
        F2,
    }

    private enum Map
    {
        Op0F = 1,
        Op0F38 = 2,
    }

    /// <summary>Bytes written so far: a place that <see cref="JumpIfNotZero"/> can go back to.</summary>
    public int Position => _bytes.Count;

    /// <summary>The routine's bytes.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>into = the 8 bytes at the address.</summary>
    public void Load(General into, Address from)
    {
        RexW((int)into, from);
        Emit(0x8B);
        Memory((int)into, from);
    }

    /// <summary>Writes 8 bytes to the address. Leaves the flags alone.</summary>
    public void Store(Address into, General from)
    {
        RexW((int)from, into);
        Emit(0x89);
        Memory((int)from, into);
    }

    /// <summary>into = the address itself.</summary>
    public void LoadAddress(General into, Address from)
    {
        RexW((int)into, from);
        Emit(0x8D);
        Memory((int)into, from);
    }

    /// <summary>into += from.</summary>
    public void Add(General into, General from)
    {
        RexW((int)from, (int)into);
        Emit(0x01, Direct((int)from, (int)into));
    }

    /// <summary>into += number.</summary>
    public void Add(General into, int number)
    {
        RexW(0, (int)into);
        Emit(0x81, Direct(0, (int)into));
        Emit32(number);
    }

    /// <summary>register -= 1, setting the zero flag.</summary>
    public void Decrement(General register)
    {
        RexW(0, (int)register);
        Emit(0xFF, Direct(1, (int)register));
    }

    /// <summary>Goes back to a place while the last decrement did not give zero.</summary>
    public void JumpIfNotZero(int position)
    {
        Emit(0x0F, 0x85);
        Emit32(position - (_bytes.Count + 4));
    }

    /// <summary>Leaves the routine; clears the upper halves of the vector registers first.</summary>
    public void Return() => Emit(0xC5, 0xF8, 0x77, 0xC3);

    /// <summary>mask = the low 16 bits of a general register.</summary>
    public void MoveToMask(Mask into, General from)
    {
        Vex((int)into, 0, 0, (int)from, Prefix.None, Map.Op0F);
        Emit(0x92, Direct((int)into, (int)from));
    }

    /// <summary>into = 64 bytes, aligned or not; numbers outside the mask become zero and are not read.</summary>
    public void LoadVector(Vector into, Address from, Mask mask = Mask.All)
        => EvexMemory(Prefix.None, Map.Op0F, 0x10, (int)into, 0, from, mask, zero: mask != Mask.All);

    /// <summary>Writes 64 bytes; numbers outside the mask are left as they are.</summary>
    public void StoreVector(Address into, Vector from, Mask mask = Mask.All)
        => EvexMemory(Prefix.None, Map.Op0F, 0x11, (int)from, 0, into, mask);

    /// <summary>into = 0.</summary>
    public void Clear(Vector into) => ExclusiveOr(into, into, into);

    /// <summary>into = the 32 bits at the address, 16 times.</summary>
    public void Broadcast(Vector into, Address from) => EvexMemory(Prefix.Op66, Map.Op0F38, 0x18, (int)into, 0, from);

    /// <summary>into = a + b, 16 floats.</summary>
    public void AddFloats(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.None, Map.Op0F, 0x58, into, a, b);

    /// <summary>into = a · the float at the address.</summary>
    public void MultiplyFloatsBy(Vector into, Vector a, Address from)
        => EvexMemory(Prefix.None, Map.Op0F, 0x59, (int)into, (int)a, from, isBroadcast: true);

    /// <summary>into += a · b, 16 floats, rounded once.</summary>
    public void MultiplyAddFloats(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.Op66, Map.Op0F38, 0xB8, into, a, b);

    /// <summary>into += a · the float at the address, rounded once.</summary>
    public void MultiplyAddFloatsBy(Vector into, Vector a, Address from)
        => EvexMemory(Prefix.Op66, Map.Op0F38, 0xB8, (int)into, (int)a, from, isBroadcast: true);

    /// <summary>into = 16 integers as floats.</summary>
    public void ToFloats(Vector into, Vector from) => EvexRegisters(Prefix.None, Map.Op0F, 0x5B, into, 0, from);

    /// <summary>into = 16 half-precision numbers at the address as floats.</summary>
    public void LoadHalves(Vector into, Address from) => EvexMemory(Prefix.Op66, Map.Op0F38, 0x13, (int)into, 0, from);

    /// <summary>into = a or b but not both, bit by bit.</summary>
    public void ExclusiveOr(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.Op66, Map.Op0F, 0xEF, into, a, b);

    /// <summary>into = a and b, bit by bit.</summary>
    public void And(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.Op66, Map.Op0F, 0xDB, into, a, b);

    /// <summary>into = from shifted right by some bits, within each 16.</summary>
    public void ShiftRight16(Vector into, Vector from, byte bits)
    {
        EvexRegisters(Prefix.Op66, Map.Op0F, 0x71, (Vector)2, into, from);
        Emit(bits);
    }

    /// <summary>into += a · b over pairs of neighbouring bfloat16 numbers (AVX512_BF16).</summary>
    public void DotBfloat16(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.F3, Map.Op0F38, 0x52, into, a, b);

    /// <summary>into += unsigned bytes of a · the four signed bytes at the address, over groups of four (AVX512_VNNI).</summary>
    public void DotBytesBy(Vector into, Vector a, Address from)
        => EvexMemory(Prefix.Op66, Map.Op0F38, 0x50, (int)into, (int)a, from, isBroadcast: true);

    /// <summary>into += a · the two signed words at the address, over pairs (AVX512_VNNI).</summary>
    public void DotWordsBy(Vector into, Vector a, Address from)
        => EvexMemory(Prefix.Op66, Map.Op0F38, 0x52, (int)into, (int)a, from, isBroadcast: true);

    /// <summary>into = 32 signed bytes at the address as words.</summary>
    public void WidenBytes(Vector into, Address from) => EvexMemory(Prefix.Op66, Map.Op0F38, 0x20, (int)into, 0, from);

    /// <summary>into = a + b, 16 integers.</summary>
    public void AddIntegers(Vector into, Vector a, Vector b) => EvexRegisters(Prefix.Op66, Map.Op0F, 0xFE, into, a, b);

    /// <summary>Sets the shapes of the tiles from 64 bytes of palette, rows and row bytes (AMX).</summary>
    public void LoadTileShapes(Address from)
    {
        Vex(0, from, 0, Prefix.None, Map.Op0F38);
        Emit(0x49);
        Memory(0, from);
    }

    /// <summary>Gives the tiles back.</summary>
    public void ReleaseTiles()
    {
        Vex(0, 0, 0, 0, Prefix.None, Map.Op0F38);
        Emit(0x49, 0xC0);
    }

    /// <summary>into = 0.</summary>
    public void Clear(Tile into)
    {
        Vex((int)into, 0, 0, 0, Prefix.F2, Map.Op0F38);
        Emit(0x49, Direct((int)into, 0));
    }

    /// <summary>into = rows of 64 bytes, base + row · index.</summary>
    public void LoadTile(Tile into, Address from)
    {
        Vex((int)into, from, 0, Prefix.F2, Map.Op0F38);
        Emit(0x4B);
        Memory((int)into, from);
    }

    /// <summary>Writes rows of 64 bytes, base + row · index.</summary>
    public void StoreTile(Address into, Tile from)
    {
        Vex((int)from, into, 0, Prefix.F3, Map.Op0F38);
        Emit(0x4B);
        Memory((int)from, into);
    }

    /// <summary>into += a · b; b holds pairs of rows side by side (AMX-BF16).</summary>
    public void DotBfloat16(Tile into, Tile a, Tile b)
    {
        Vex((int)into, (int)b, 0, (int)a, Prefix.F3, Map.Op0F38);
        Emit(0x5C, Direct((int)into, (int)a));
    }

    private static byte Direct(int register, int operand) => (byte)(0xC0 | ((register & 7) << 3) | (operand & 7));

    private void Emit(params ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    private void Emit32(int number) => Emit((byte)number, (byte)(number >> 8), (byte)(number >> 16), (byte)(number >> 24));

    private void RexW(int register, int operand) => Emit((byte)(0x48 | ((register & 8) >> 1) | ((operand & 8) >> 3)));

    private void RexW(int register, Address address)
        => Emit((byte)(0x48 | ((register & 8) >> 1) | (((int)address.Index & 8) >> 2) | (((int)address.Base & 8) >> 3)));

    // ModRM, SIB and displacement. An index of RSP means none, as the processor has it.
    private void Memory(int register, Address address)
    {
        Emit((byte)(0x84 | ((register & 7) << 3)));
        Emit((byte)(((int)address.Scale << 6) | (((int)address.Index & 7) << 3) | ((int)address.Base & 7)));
        Emit32(address.Displacement);
    }

    private void Vex(int register, int second, int index, int operand, Prefix prefix, Map map)
        => Emit(
            0xC4,
            (byte)((Inverted(register, 3) << 7) | (Inverted(index, 3) << 6) | (Inverted(operand, 3) << 5) | (int)map),
            (byte)((~second & 15) << 3 | PrefixBits(prefix)));

    private void Vex(int register, Address address, int second, Prefix prefix, Map map)
        => Vex(register, second, (int)address.Index, (int)address.Base, prefix, map);

    private void EvexRegisters(Prefix prefix, Map map, byte opcode, Vector register, Vector second, Vector operand)
    {
        Evex(prefix, map, (int)register, (int)second, (int)operand >> 1, (int)operand, Mask.All, zero: false, isBroadcast: false);
        Emit(opcode, Direct((int)register, (int)operand));
    }

    private void EvexMemory(
        Prefix prefix, Map map, byte opcode, int register, int second, Address address, Mask mask = Mask.All, bool zero = false,
        bool isBroadcast = false)
    {
        Evex(prefix, map, register, second, (int)address.Index, (int)address.Base, mask, zero, isBroadcast);
        Emit(opcode);
        Memory(register, address);
    }

    // index and operand give bit 3 each: of a vector operand its bits 4 and 3.
    private void Evex(
        Prefix prefix, Map map, int register, int second, int index, int operand, Mask mask, bool zero, bool isBroadcast)
        => Emit(
            0x62,
            (byte)((Inverted(register, 3) << 7) | (Inverted(index, 3) << 6) | (Inverted(operand, 3) << 5) | (Inverted(register, 4) << 4) | (int)map),
            (byte)(((~second & 15) << 3) | 4 | PrefixBits(prefix)),
            (byte)((zero ? 0x80 : 0) | 0x40 | (isBroadcast ? 0x10 : 0) | (Inverted(second, 4) << 3) | (int)mask));

    private static int Inverted(int number, int bit) => (~number >> bit) & 1;

    private static int PrefixBits(Prefix prefix) => (int)prefix;
}
