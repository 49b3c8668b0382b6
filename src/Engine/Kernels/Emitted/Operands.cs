namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>General registers that a routine may overwrite under the System V calling convention, and the argument's.</summary>
internal enum General
{
    Rax = 0,
    Rcx = 1,
    Rdx = 2,

    /// <summary>As an index: none.</summary>
    None = 4,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
}

/// <summary>A register of 512 bits, 0 to 31.</summary>
internal enum Vector
{
    First = 0,
}

/// <summary>A register of 16 bits that says which numbers of a vector count.</summary>
internal enum Mask
{
    All = 0,
    K1 = 1,
    K2 = 2,
}

/// <summary>A register of 16 rows of 64 bytes, 0 to 7.</summary>
internal enum Tile
{
    First = 0,
}

/// <summary>base + index · 2^scale + displacement.</summary>
/// <param name="Base">Holds an address.</param>
/// <param name="Displacement">Bytes.</param>
/// <param name="Index">Bytes, or none; of a tile the bytes from row to row.</param>
/// <param name="Scale">Power of two that the index is multiplied by.</param>
internal readonly record struct Address(General Base, int Displacement = 0, General Index = General.None, byte Scale = 0);
