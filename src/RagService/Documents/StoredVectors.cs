using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Documents;

/// <summary>Reads from the database what a vector store must hold.</summary>
internal sealed class StoredVectors(KnowledgeDatabase database, IEmbedder embedder)
{
    /// <summary>Every chunk of every indexed document, with the vector that the present encoder made; one document at a time.</summary>
    public IEnumerable<VectorEntry> Read()
    {
        using SqliteConnection connection = database.Open();
        foreach (DocumentRow document in connection.Query<DocumentRow>(
            "SELECT seq, id, collection, title, metadata FROM documents WHERE state = @indexed ORDER BY seq",
            new { indexed = DocumentStates.Indexed }).AsList())
        {
            foreach ((string id, byte[] bytes, string? heading, string text) in connection.Query<(string, byte[], string?, string)>(
                """
                SELECT c.id, v.vector, c.heading, c.text FROM chunks c JOIN vectors v ON v.chunk_seq = c.seq
                WHERE c.document_seq = @Seq AND v.encoder = @EncoderId ORDER BY c.position
                """,
                new { document.Seq, embedder.EncoderId }).AsList())
            {
                float[] vector = new float[bytes.Length / sizeof(float)];
                Buffer.BlockCopy(bytes, 0, vector, 0, bytes.Length);
                yield return new VectorEntry(id, document.Labels(), vector, ChunkRow.SearchText(document.Title, heading, text));
            }
        }
    }
}
