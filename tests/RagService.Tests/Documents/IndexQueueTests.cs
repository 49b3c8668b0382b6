using Ratchet.RagService.Documents;

namespace Ratchet.RagService.Tests.Documents;

public sealed class IndexQueueTests
{
    [Fact]
    public async Task Small_documents_that_wait_together_come_together_in_their_order()
    {
        var queue = new IndexQueue();
        foreach (string id in (string[])["a", "b", "a", "c"])
        {
            queue.Enqueue(id, 500, isBulk: false);
        }

        Assert.Equal(["a b c"], await GroupsAsync(queue, isBulk: false, 1));
    }

    [Fact]
    public async Task A_group_ends_before_the_document_that_makes_it_large()
    {
        var queue = new IndexQueue();
        (string Id, long Bytes)[] waiting = [("large", 60_000), ("small", 500), ("half", 4_000), ("half too", 4_000), ("last", 1)];
        foreach ((string id, long bytes) in waiting)
        {
            queue.Enqueue(id, bytes, isBulk: false);
        }

        Assert.Equal(["large", "small half", "half too last"], await GroupsAsync(queue, isBulk: false, 3));
    }

    [Fact]
    public async Task A_group_has_sixteen_documents_at_most_and_lanes_do_not_mix()
    {
        var queue = new IndexQueue();
        for (int i = 0; i < 20; i++)
        {
            queue.Enqueue($"{i}", 1, isBulk: true);
        }

        queue.Enqueue("one", 1, isBulk: false);
        Assert.Equal(["one"], await GroupsAsync(queue, isBulk: false, 1));
        Assert.Equal([16, 4], (await GroupsAsync(queue, isBulk: true, 2)).Select(group => group.Split(' ').Length));
    }

    private static async Task<List<string>> GroupsAsync(IndexQueue queue, bool isBulk, int count)
    {
        var groups = new List<string>();
        await foreach (IReadOnlyList<string> group in queue.ReadAsync(isBulk, TestContext.Current.CancellationToken))
        {
            groups.Add(string.Join(' ', group));
            if (groups.Count == count)
            {
                break;
            }
        }

        return groups;
    }
}
