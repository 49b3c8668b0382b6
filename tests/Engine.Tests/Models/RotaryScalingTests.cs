using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Scaled rotary positions against their published formulas, written out here a second time (F46).</summary>
public sealed class RotaryScalingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-rotary-").FullName;

    [Fact]
    public void Linear_scaling_divides_every_frequency()
    {
        float[] plain = Read("""{"rope_theta": 10000.0}""").InverseFrequencies();
        float[] scaled = Read("""{"rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 4.0}}""").InverseFrequencies();
        Assert.Equal(16, plain.Length);
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.Equal(Math.Pow(10000, -2.0 * i / 32), plain[i], 1e-7);
            Assert.Equal(plain[i] / 4, scaled[i], 1e-7);
        }
    }

    // Peng et al. 2023, equations 20 to 23: turns over the trained length decide between extrapolation and interpolation.
    [Theory]
    [InlineData(32, 1, true)]
    [InlineData(16, 2, false)]
    public void Yarn_mixes_by_the_turns_of_each_pair(double fast, double slow, bool truncates)
    {
        const double Base = 10_000;
        const double Factor = 8;
        const double Trained = 256;
        RotaryConfig config = Read(FormattableString.Invariant(
            $$"""{"rope_parameters": {"rope_theta": 10000.0, "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 256, "beta_fast": {{fast}}, "beta_slow": {{slow}}, "truncate": {{(truncates ? "true" : "false")}} } }"""));
        float[] actual = config.InverseFrequencies();
        double low = Bound(fast);
        double high = Bound(slow);
        if (truncates)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        for (int i = 0; i < 16; i++)
        {
            double frequency = Math.Pow(Base, -2.0 * i / 32);
            double ramp = Math.Clamp((i - Math.Max(0, low)) / (Math.Min(31, high) - Math.Max(0, low)), 0, 1);
            double expected = (frequency / Factor * ramp) + (frequency * (1 - ramp));
            Assert.Equal(expected, actual[i], 1e-6 * frequency);
        }

        Assert.Equal((0.1 * Math.Log(Factor)) + 1, config.Magnitude, 1e-6);

        double Bound(double turns) => 32 * Math.Log(Trained / (turns * 2 * Math.PI)) / (2 * Math.Log(Base));
    }

    [Fact]
    public void Yarn_takes_the_magnitude_that_the_file_names()
    {
        Assert.Equal(1.25f, Read("""{"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "attention_factor": 1.25}}""").Magnitude);
        Assert.Equal(
            ((0.1 * 0.7 * Math.Log(4)) + 1) / ((0.1 * 0.5 * Math.Log(4)) + 1),
            Read("""{"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "mscale": 0.7, "mscale_all_dim": 0.5}}""").Magnitude, 1e-6);
    }

    // The model's published code: short waves stay, long ones are divided, a line between.
    [Fact]
    public void Llama3_scaling_leaves_short_waves_and_divides_long_ones()
    {
        float[] plain = Read("""{"rope_theta": 500000.0}""").InverseFrequencies();
        float[] scaled = Read(
            """{"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}""").InverseFrequencies();
        int between = 0;
        for (int i = 0; i < plain.Length; i++)
        {
            double wave = 2 * Math.PI / plain[i];
            double expected = plain[i];
            if (wave > 64)
            {
                expected /= 8;
            }
            else if (wave > 16)
            {
                between++;
                double smooth = ((64 / wave) - 1) / 3;
                expected = ((1 - smooth) * plain[i] / 8) + (smooth * plain[i]);
            }

            Assert.Equal(expected, scaled[i], 1e-6 * plain[i]);
        }

        Assert.NotEqual(0, between);
    }

    [Theory]
    [InlineData("""{"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}""", "dynamic")]
    [InlineData("""{"rope_scaling": {"type": "longrope", "short_factor": [1.0], "long_factor": [1.0]}}""", "longrope")]
    [InlineData("""{"rope_parameters": {"full_attention": {"rope_type": "default"}}}""", "rope_parameters")]
    public void Other_scalings_are_refused_by_name(string settings, string named)
        => Assert.Contains(named, Assert.Throws<SettingsFormatException>(() => Read(settings)).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RotaryConfig Read(string settings)
    {
        string path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, settings);
        return RotarySettings.Read(JsonSettings.Read(path), headSize: 32, context: 256, share: 1);
    }
}
