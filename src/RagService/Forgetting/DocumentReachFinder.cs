using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Forgetting;

/// <summary>Finds everything that was made from a document, down to the adapters that learned it.</summary>
internal sealed partial class DocumentReachFinder(
    KnowledgeDatabase database, DocumentStore documents, TrainerClient trainer, ILogger<DocumentReachFinder> logger)
{
    private static readonly TimeSpan TrainerPatience = TimeSpan.FromSeconds(3);

    public async Task<DocumentReach> FindAsync(string documentId, CancellationToken cancellation)
    {
        DocumentRow document = documents.Get(documentId);
        List<string> chunks;
        List<string> examples;
        List<string> batches;
        using (SqliteConnection connection = database.Open())
        {
            var names = new { document.Seq, document.Collection, document.Key };
            chunks = connection.Query<string>(
                "SELECT id FROM chunks WHERE document_seq = @Seq ORDER BY position", names).AsList();
            examples = connection.Query<string>(
                """
                SELECT id FROM examples WHERE document_seq = @Seq OR feedback_id IN (
                    SELECT f.id FROM feedback f JOIN feedback_documents d ON d.feedback_seq = f.seq WHERE d.document_seq = @Seq)
                ORDER BY seq
                """,
                names).AsList();
            batches = connection.Query<string>(
                """
                SELECT id FROM batches WHERE seq IN (
                    SELECT batch_seq FROM batch_rows WHERE document_seq = @Seq
                    UNION SELECT r.batch_seq FROM batch_rows r JOIN pairs p ON p.id = r.pair_id
                        JOIN feedback_documents d ON d.feedback_seq IN (p.chosen_seq, p.rejected_seq) WHERE d.document_seq = @Seq
                    UNION SELECT batch_seq FROM redactions WHERE document_seq = @Seq)
                ORDER BY seq
                """,
                names).AsList();
        }

        (IReadOnlyList<string> adapters, bool areKnown) = await AdaptersAsync(batches, cancellation);
        return new DocumentReach(documentId, chunks, examples, batches, adapters, areKnown);
    }

    private async Task<(IReadOnlyList<string> Ids, bool AreKnown)> AdaptersAsync(
        List<string> batches, CancellationToken cancellation)
    {
        if (batches.Count == 0)
        {
            return ([], true);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TrainerPatience);
        try
        {
            var all = await trainer.ListAdaptersAsync(patience.Token);
            return ([.. all.Data
                .Where(adapter => adapter.Lineage.Batches.Append(adapter.Batch ?? "").Any(batches.Contains))
                .Select(adapter => adapter.Id)], true);
        }
        catch (Exception failure) when (failure is HttpRequestException or TrainerException or System.Text.Json.JsonException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            LogTrainerAway(logger, failure.Message);
            return ([], false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trainer could not be asked for adapters: {Reason}")]
    private static partial void LogTrainerAway(ILogger logger, string reason);
}
