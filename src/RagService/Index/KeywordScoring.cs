namespace Ratchet.RagService.Index;

/// <summary>Which of the formulas called BM25 counts; <see cref="KeywordIndex"/> has both.</summary>
internal enum KeywordScoring
{
    /// <summary>As Lucene since version 8 and bm25s: a word never takes anything away.</summary>
    Lucene,

    /// <summary>As rank_bm25's BM25Okapi, for rankings that must be those of a Python prototype.</summary>
    Okapi,
}
