using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Tests.Kernels.Emitted;

/// <summary>
/// Does what a processor with AMX does with a routine's bytes: so routines are tested where there is none. It knows only the
/// instructions that they are made of, and refuses all others.
/// </summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: the pages of the instructions.</remarks>
internal sealed unsafe class TileMachine
{
    private const int Rows = 16;
    private const int RowBytes = 64;

    private readonly nint[] _general = new nint[16];
    private readonly byte[][] _tiles = [.. Enumerable.Range(0, 8).Select(_ => new byte[Rows * RowBytes])];
    private byte[] _code = [];
    private int _at;
    private bool _isZero;
    private bool _hasShapes;

    /// <summary>Runs a routine to its end with one argument.</summary>
    public void Run(byte[] code, void* argument)
    {
        (_code, _at) = (code, 0);
        _general[(int)General.Rdi] = (nint)argument;
        for (int steps = 0; Step(); steps++)
        {
            Assert.True(steps < 10_000_000, "The routine does not end.");
        }

        Assert.False(_hasShapes, "The routine keeps the tiles.");
    }

    private bool Step()
    {
        byte first = _code[_at++];
        switch (first)
        {
            case 0x0F when _code[_at] == 0x85:
                int distance = BitConverter.ToInt32(_code, _at + 1);
                _at += 5;
                _at += _isZero ? 0 : distance;
                return true;
            case 0xC5 when _code[_at] == 0xF8 && _code[_at + 1] == 0x77:
                _at += 2;
                return true;
            case 0xC3:
                return false;
            case 0xC4:
                Vex();
                return true;
            case >= 0x48 and <= 0x4F:
                Whole(first);
                return true;
            default:
                throw new NotSupportedException($"Byte {first:X2} at {_at - 1}.");
        }
    }

    private void Whole(byte rex)
    {
        byte opcode = _code[_at++];
        byte modRm = _code[_at++];
        int register = ((modRm >> 3) & 7) | ((rex & 4) << 1);
        int operand = (modRm & 7) | ((rex & 1) << 3);
        bool isMemory = modRm >> 6 != 3;
        nint address = isMemory ? Address(modRm, (rex & 2) << 2, (rex & 1) << 3, out _, out _) : 0;
        switch (opcode)
        {
            case 0x8B when isMemory:
                _general[register] = *(nint*)address;
                return;
            case 0x89 when isMemory:
                *(nint*)address = _general[register];
                return;
            case 0x8D when isMemory:
                _general[register] = address;
                return;
            case 0x01 when !isMemory:
                _general[operand] += _general[register];
                return;
            case 0x81 when !isMemory && (register & 7) == 0:
                _general[operand] += BitConverter.ToInt32(_code, _at);
                _at += 4;
                return;
            case 0xFF when !isMemory && (register & 7) == 1:
                _isZero = --_general[operand] == 0;
                return;
            default:
                throw new NotSupportedException($"Opcode {opcode:X2} with {modRm:X2}.");
        }
    }

    private void Vex()
    {
        byte one = (byte)~_code[_at++];
        byte two = _code[_at++];
        byte opcode = _code[_at++];
        byte modRm = _code[_at++];
        Assert.Equal(2, ~one & 31);
        int second = (~two >> 3) & 15;
        int register = ((modRm >> 3) & 7) | ((one >> 4) & 8);
        int operand = (modRm & 7) | ((one >> 2) & 8);
        bool isMemory = modRm >> 6 != 3;
        nint at = 0;
        nint stride = 0;
        nint start = isMemory ? Address(modRm, (one >> 3) & 8, (one >> 2) & 8, out at, out stride) : 0;
        switch (opcode, two & 3)
        {
            case (0x49, 0) when isMemory:
                Shapes((byte*)start);
                return;
            case (0x49, 0):
                _hasShapes = false;
                return;
            case (0x49, 3) when !isMemory:
                _tiles[register].AsSpan().Clear();
                return;
            case (0x4B, 3) when isMemory:
                Move(register, at, stride, isLoad: true);
                return;
            case (0x4B, 2) when isMemory:
                Move(register, at, stride, isLoad: false);
                return;
            case (0x5C, 2) when !isMemory:
                Assert.True(_hasShapes);
                Dot(_tiles[register], _tiles[operand], _tiles[second]);
                return;
            default:
                throw new NotSupportedException($"Tile opcode {opcode:X2}, prefix {two & 3}.");
        }
    }

    private nint Address(byte modRm, int indexHigh, int baseHigh, out nint at, out nint stride)
    {
        Assert.Equal(0x84, modRm & 0xC7);
        byte sib = _code[_at++];
        int displacement = BitConverter.ToInt32(_code, _at);
        _at += 4;
        int index = ((sib >> 3) & 7) | indexHigh;
        stride = index == 4 ? 0 : _general[index] << (sib >> 6);
        at = _general[(sib & 7) | baseHigh] + displacement;
        return at + stride;
    }

    private void Shapes(byte* shapes)
    {
        Assert.Equal(1, shapes[0]);
        for (int tile = 0; tile < 8; tile++)
        {
            Assert.Equal(RowBytes, ((ushort*)(shapes + 16))[tile]);
            Assert.Equal(Rows, shapes[48 + tile]);
        }

        _hasShapes = true;
    }

    private void Move(int tile, nint at, nint stride, bool isLoad)
    {
        Assert.True(_hasShapes);
        for (int row = 0; row < Rows; row++)
        {
            var memory = new Span<byte>((void*)(at + (row * stride)), RowBytes);
            Span<byte> own = _tiles[tile].AsSpan(row * RowBytes, RowBytes);
            if (isLoad)
            {
                memory.CopyTo(own);
            }
            else
            {
                own.CopyTo(memory);
            }
        }
    }

    // TDPBF16PS: pairs of neighbours of a row of a, times pairs of columns of b.
    private static void Dot(byte[] into, byte[] a, byte[] b)
    {
        fixed (byte* intoAt = into, aAt = a, bAt = b)
        {
            float* c = (float*)intoAt;
            ushort* left = (ushort*)aAt;
            ushort* right = (ushort*)bAt;
            for (int m = 0; m < 16; m++)
            {
                for (int k = 0; k < 16; k++)
                {
                    for (int n = 0; n < 16; n++)
                    {
                        for (int part = 0; part < 2; part++)
                        {
                            c[(m * 16) + n] += Single(left[(m * 32) + (2 * k) + part]) * Single(right[(k * 32) + (2 * n) + part]);
                        }
                    }
                }
            }
        }
    }

    private static float Single(ushort number) => BitConverter.UInt32BitsToSingle((uint)number << 16);
}
