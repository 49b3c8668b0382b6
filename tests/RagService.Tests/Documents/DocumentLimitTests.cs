using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Documents;

public sealed class DocumentLimitTests
{
    [Fact]
    public async Task What_is_too_large_is_refused_and_the_service_goes_on()
    {
        await using var rag = new RagUnderTest(new Dictionary<string, string> { ["Rag:DocumentBytesMax"] = "2048" });

        RagRequestException pushed = await Assert.ThrowsAsync<RagRequestException>(
            () => rag.PushAsync("big", new string('a', 3000)));
        RagRequestException uploaded = await Assert.ThrowsAsync<RagRequestException>(
            () => rag.UploadAsync("big.txt", new string('a', 3000)));
        DocumentRecord small = await rag.PushAsync("small", new string('a', 2048));

        Assert.Equal((413, "file_too_large"), (pushed.Status, pushed.Code));
        Assert.Equal((413, "file_too_large"), (uploaded.Status, uploaded.Code));
        Assert.Equal(DocumentStates.Indexed, small.State);
    }

    [Fact]
    public async Task Settings_that_cannot_work_stop_the_start_with_every_fault()
    {
        Exception fault = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var rag = new RagUnderTest(new Dictionary<string, string>
            {
                ["Chunking:TokensPerChunk"] = "7",
                ["Rag:HeldOutShare"] = "2",
            });
        });

        Assert.Contains("TokensPerChunk", fault.ToString(), StringComparison.Ordinal);
    }
}
