using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Chat;

namespace Ratchet.Gateway.Tests.Chat;

public sealed class GroundingTests
{
    private static readonly SearchHit[] Hits =
    [
        Hit("c1", "Fees", "A late return costs 2.50 euros a day."),
        Hit("c2", "Hours", "The shop opens at nine on weekdays."),
        Hit("c3", "退货", "商品可以在三十天内退货。"),
    ];

    [Fact]
    public void Each_sentence_cites_the_passage_that_carries_it()
    {
        const string Answer = "Late return costs 2.50 euros. The shop opens at nine.";
        IReadOnlyList<Annotation> citations = Grounding.Cite(Answer, Hits, "");

        Assert.Equal(
            [("Fees", "Late return costs 2.50 euros."), ("Hours", " The shop opens at nine.")],
            citations.Select(citation => (citation.UrlCitation.Title, Part(Answer, citation))));
    }

    [Fact]
    public void A_number_in_brackets_names_its_passage() =>
        Assert.Contains(Grounding.Cite("As written there [2].", Hits, ""), citation => citation.UrlCitation.Title == "Hours");

    [Fact]
    public void Chinese_is_matched_by_pairs_of_characters() =>
        Assert.Contains(Grounding.Cite("可以在三十天内退货。", Hits, ""), citation => citation.UrlCitation.Title == "退货");

    [Fact]
    public void An_answer_in_other_words_cites_the_best_passage_as_a_whole()
    {
        Annotation citation = Assert.Single(Grounding.Cite("Quite expensive indeed", Hits, ""));
        Assert.Equal(("Fees", 0, 22), (citation.UrlCitation.Title, citation.UrlCitation.StartIndex, citation.UrlCitation.EndIndex));
    }

    [Theory]
    [InlineData("")]
    [InlineData(GroundedPrompt.NotKnown)]
    public void Nothing_is_cited_for_no_answer(string answer) => Assert.Empty(Grounding.Cite(answer, Hits, ""));

    private static string Part(string answer, Annotation citation) =>
        answer[citation.UrlCitation.StartIndex..citation.UrlCitation.EndIndex];

    private static SearchHit Hit(string id, string title, string text) => new(
        new ChunkRecord(id, 0, text, null, 0, text.Length, 9), new DocumentReference("doc-" + id, "key", title, "default", 1), 1);
}
