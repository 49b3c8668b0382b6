using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Tests.Kernels.Emitted;

/// <summary>Bytes of each instruction, as llvm-mc 14 reads them back: every register's high bits, masks, indices and displacements.</summary>
public class AssemblerTests
{
    private static readonly (string Text, string Bytes, Action<Assembler> Write)[] Instructions =
    [
        ("movq 8(%rdi), %r9", "4c8b8c2708000000", a => a.Load(General.R9, new Address(General.Rdi, 8))),
        ("movq %rdx, 80(%rdi)", "4889942750000000", a => a.Store(new Address(General.Rdi, 80), General.Rdx)),
        ("leaq (%rax,%rsi,8), %r8", "4c8d84f000000000", a => a.LoadAddress(General.R8, new Address(General.Rax, 0, General.Rsi, 3))),
        ("leaq 4096(%r10,%r11,2), %rcx", "4b8d8c5a00100000", a => a.LoadAddress(General.Rcx, new Address(General.R10, 4096, General.R11, 1))),
        ("addq %rsi, %r9", "4901f1", a => a.Add(General.R9, General.Rsi)),
        ("addq $2048, %rcx", "4881c100080000", a => a.Add(General.Rcx, 2048)),
        ("decq %rdx", "48ffca", a => a.Decrement(General.Rdx)),
        ("jne -6", "0f85faffffff", a => a.JumpIfNotZero(0)),
        ("kmovw %ecx, %k1", "c4e17892c9", a => a.MoveToMask(Mask.K1, General.Rcx)),
        ("kmovw %r9d, %k2", "c4c17892d1", a => a.MoveToMask(Mask.K2, General.R9)),
        ("vmovups 64(%rcx), %zmm24", "62617c4810842140000000", a => a.LoadVector((Vector)24, new Address(General.Rcx, 64))),
        ("vmovups 64(%rax,%rsi,2), %zmm7 {%k1} {z}", "62f17cc910bc7040000000", a => a.LoadVector((Vector)7, new Address(General.Rax, 64, General.Rsi, 1), Mask.K1)),
        ("vmovups %zmm31, (%r9)", "62417c4811bc2100000000", a => a.StoreVector(new Address(General.R9), (Vector)31)),
        ("vmovups %zmm3, 128(%r9,%r10) {%k2}", "62917c4a119c1180000000", a => a.StoreVector(new Address(General.R9, 128, General.R10), (Vector)3, Mask.K2)),
        ("vpxord %zmm17, %zmm17, %zmm17", "62a17540efc9", a => a.Clear((Vector)17)),
        ("vbroadcastss 4(%r10,%rsi,2), %zmm26", "62427d4818947204000000", a => a.Broadcast((Vector)26, new Address(General.R10, 4, General.Rsi, 1))),
        ("vaddps %zmm24, %zmm9, %zmm30", "6201344858f0", a => a.AddFloats((Vector)30, (Vector)9, (Vector)24)),
        ("vmulps 12(%rcx){1to16}, %zmm9, %zmm30", "6261345859b4210c000000", a => a.MultiplyFloatsBy((Vector)30, (Vector)9, new Address(General.Rcx, 12))),
        ("vfmadd231ps %zmm1, %zmm20, %zmm13", "62725d40b8e9", a => a.MultiplyAddFloats((Vector)13, (Vector)20, (Vector)1)),
        ("vfmadd231ps 16(%r8){1to16}, %zmm20, %zmm13", "62525d50b8ac2010000000", a => a.MultiplyAddFloatsBy((Vector)13, (Vector)20, new Address(General.R8, 16))),
        ("vpxord %zmm29, %zmm11, %zmm23", "62812548effd", a => a.ExclusiveOr((Vector)23, (Vector)11, (Vector)29)),
        ("vcvtdq2ps %zmm29, %zmm4", "62917c485be5", a => a.ToFloats((Vector)4, (Vector)29)),
        ("vcvtph2ps 32(%rcx), %zmm18", "62e27d4813942120000000", a => a.LoadHalves((Vector)18, new Address(General.Rcx, 32))),
        ("vpandd %zmm2, %zmm19, %zmm27", "62616540dbda", a => a.And((Vector)27, (Vector)19, (Vector)2)),
        ("vpsrlw $4, %zmm30, %zmm5", "6291554871d604", a => a.ShiftRight16((Vector)5, (Vector)30, 4)),
        ("vdpbf16ps %zmm24, %zmm26, %zmm22", "62822e4052f0", a => a.DotBfloat16((Vector)22, (Vector)26, (Vector)24)),
        ("vpdpbusd 20(%r9,%r11){1to16}, %zmm26, %zmm22", "62822d5050b41914000000", a => a.DotBytesBy((Vector)22, (Vector)26, new Address(General.R9, 20, General.R11))),
        ("vpdpwssd 20(%r9,%r11){1to16}, %zmm26, %zmm22", "62822d5052b41914000000", a => a.DotWordsBy((Vector)22, (Vector)26, new Address(General.R9, 20, General.R11))),
        ("vpmovsxbw 32(%r10,%rsi,2), %zmm7", "62d27d4820bc7220000000", a => a.WidenBytes((Vector)7, new Address(General.R10, 32, General.Rsi, 1))),
        ("vpaddd %zmm24, %zmm9, %zmm30", "62013548fef0", a => a.AddIntegers((Vector)30, (Vector)9, (Vector)24)),
        ("ldtilecfg (%rax)", "c4e27849842000000000", a => a.LoadTileShapes(new Address(General.Rax))),
        ("tilerelease", "c4e27849c0", a => a.ReleaseTiles()),
        ("tilezero %tmm3", "c4e27b49d8", a => a.Clear((Tile)3)),
        ("tileloadd 1024(%rcx,%r11), %tmm7", "c4a27b4bbc1900040000", a => a.LoadTile((Tile)7, new Address(General.Rcx, 1024, General.R11))),
        ("tileloadd (%r8,%rsi), %tmm5", "c4c27b4bac3000000000", a => a.LoadTile((Tile)5, new Address(General.R8, 0, General.Rsi))),
        ("tilestored %tmm2, 64(%r9,%r10)", "c4827a4b941140000000", a => a.StoreTile(new Address(General.R9, 64, General.R10), (Tile)2)),
        ("tdpbf16ps %tmm7, %tmm5, %tmm3", "c4e2425cdd", a => a.DotBfloat16((Tile)3, (Tile)5, (Tile)7)),
    ];

    public static TheoryData<string> Texts => [.. Instructions.Select(i => i.Text)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void An_instruction_has_the_processors_bytes(string text)
    {
        (_, string bytes, Action<Assembler> write) = Instructions.Single(i => i.Text == text);
        var assembler = new Assembler();
        write(assembler);
        Assert.Equal(bytes, Convert.ToHexStringLower(assembler.ToArray()));
    }
}
