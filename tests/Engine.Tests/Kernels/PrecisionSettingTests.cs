using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>What settings mean on this processor. That auto is the faster is for <see cref="FastPathTests"/>.</summary>
[Collection(KernelSettings.Name)]
public class PrecisionSettingTests
{
    [Fact]
    public void Auto_follows_the_processor()
    {
        Assert.Equal(MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : Precision.Float32, PrecisionSetting.Read("auto"));
        Assert.Equal(
            MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : MatrixPath.HasByteDot ? Precision.Int8 : Precision.Float32,
            PrecisionSetting.ReadForEncoder("auto"));
        KernelSettings.With(MatrixUnit.None, () =>
        {
            Assert.Equal(Precision.Float32, PrecisionSetting.Read("auto"));
            Assert.Equal(Precision.Float32, PrecisionSetting.ReadForEncoder("auto"));
        });
    }

    [Theory]
    [InlineData("float32", Precision.Float32)]
    [InlineData("bfloat16", Precision.BFloat16)]
    [InlineData("int8", Precision.Int8)]
    public void What_is_written_is_what_an_encoder_does(string setting, Precision precision)
        => Assert.Equal(precision, PrecisionSetting.ReadForEncoder(setting));

    [Fact]
    public void Training_has_no_integers_and_an_encoder_no_other_words()
    {
        Assert.Contains("must be auto, float32 or bfloat16", Assert.Throws<ArgumentException>(() => PrecisionSetting.Read("int8")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "must be auto, float32, bfloat16 or int8", Assert.Throws<ArgumentException>(() => PrecisionSetting.ReadForEncoder("same")).Message,
            StringComparison.Ordinal);
    }
}
