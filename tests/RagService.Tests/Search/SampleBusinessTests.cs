namespace Ratchet.RagService.Tests.Search;

/// <summary>The sample business, with the bundled encoder, in a process as it is served.</summary>
public sealed class SampleBusinessTests : IDisposable
{
    // Two passages go into a prompt; the right document must mostly be among them, or nothing can be learned from it.
    private const int PassageCount = 2;
    private const double RecallMin = 0.85;

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Questions_find_the_passage_of_their_document_and_others_find_no_answer()
    {
        using RagProcess rag = await RagProcess.StartAsync(_folder);
        await SampleBusiness.UploadAsync(rag.Rag);
        int questions = SampleBusiness.HeldOut.Count;
        (int found, int answerable) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.HeldOut, PassageCount);
        (int foundChinese, _) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.Chinese, PassageCount);
        (_, int answerableGeneral) = await SampleBusiness.AskAsync(rag.Rag, SampleBusiness.General, PassageCount);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"recall@{PassageCount} {found}/{questions}, answerable {answerable}/{questions}; "
            + $"Chinese {foundChinese}/12; general questions called answerable {answerableGeneral}/100");
        Assert.InRange((double)found / questions, RecallMin, 1);
        Assert.InRange((double)answerable / questions, 0.8, 1);
        Assert.InRange(foundChinese, 9, 12);
        Assert.InRange(answerableGeneral, 0, 15);
    }
}
