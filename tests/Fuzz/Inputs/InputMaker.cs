using Ratchet.TestKit;

namespace Ratchet.Fuzz.Inputs;

/// <summary>Makes a reader's inputs. Each depends on seed, reader and number alone.</summary>
internal static class InputMaker
{
    public static (FuzzSample Sample, byte[] Input) Make(FuzzReader reader, int seed, long number)
    {
        var random = new Random(Mixed(reader.Name, seed, number));
        FuzzSample sample = reader.Samples[random.Next(reader.Samples.Count)];
        byte[] input = sample.Form switch
        {
            SampleForm.Json when random.Next(4) > 0 => JsonMutation.Of(sample.Bytes, random),
            SampleForm.Safetensors when random.Next(3) > 0 => SafetensorsMutation.Of(sample.Bytes, random),
            SampleForm.Template when random.Next(5) > 0 => TemplateMutation.Of(sample.Bytes, Other(reader, random), random),
            _ => InHeader(sample, random),
        };
        return (sample, input);
    }

    private static byte[] InHeader(FuzzSample sample, Random random)
    {
        int header = Math.Min(sample.HeaderLength, sample.Bytes.Length);
        return header == 0 || random.Next(8) == 0
            ? Mutation.Of(sample.Bytes, random)
            : [.. Mutation.Of(sample.Bytes.AsSpan(0, header), random), .. sample.Bytes.AsSpan(header)];
    }

    private static byte[] Other(FuzzReader reader, Random random) => reader.Samples[random.Next(reader.Samples.Count)].Bytes;

    private static int Mixed(string name, int seed, long number)
    {
        ulong hash = 14695981039346656037;
        foreach (char character in name)
        {
            hash = (hash ^ character) * 1099511628211;
        }

        hash = (hash ^ (uint)seed) * 1099511628211;
        hash = (hash ^ (ulong)number) * 0x9E3779B97F4A7C15;
        return (int)(hash ^ (hash >> 32));
    }
}
