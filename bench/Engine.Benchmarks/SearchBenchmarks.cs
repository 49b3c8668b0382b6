using BenchmarkDotNet.Attributes;

namespace Ratchet.Engine.Benchmarks;

#pragma warning disable CA1001 // Free is called when a size is done; Dispose would be called never.
/// <summary>One question to an index of chunks: by meaning, by words, and both fused.</summary>
public class SearchBenchmarks
{
    private const int Limit = 10;

    private SearchCorpus? _corpus;

    [Params(1_000, 10_000, 100_000)]
    public int Chunks { get; set; }

    [GlobalSetup]
    public void Prepare() => _corpus = new SearchCorpus(Chunks);

    [GlobalCleanup]
    public void Free() => _corpus?.Dispose();

    [Benchmark]
    public Task<int> ByMeaning() => _corpus!.ByMeaningAsync(Limit);

    [Benchmark]
    public int ByWords() => _corpus!.ByWords(Limit);

    [Benchmark]
    public Task<int> Fused() => _corpus!.FusedAsync(Limit);
}
