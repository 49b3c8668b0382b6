using System.Diagnostics;
using System.Globalization;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;

namespace Ratchet.FirstCycle;

/// <summary>The loop, once, in the order in which a person would go through it.</summary>
internal sealed class Loop(CycleArguments arguments, Narrator narrator)
{
    private const string Alias = "latest";
    private const string Auto = "auto";
    private const string Actor = "first-cycle";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    private readonly SampleBusiness _business = SampleBusiness.Find();

    /// <returns>Whether the candidate was promoted and everything around it held.</returns>
    public async Task<bool> RunAsync()
    {
        string data = arguments.DataFolder ?? Directory.CreateTempSubdirectory("ratchet-first-cycle-").FullName;
        bool isPromoted = false;
        try
        {
            isPromoted = await RunOnAsync(data);
            return isPromoted;
        }
        catch (Exception e) when (e is HttpRequestException or RagRequestException or TrainerException)
        {
            throw new StepFailedException(e.Message, e);
        }
        finally
        {
            if (arguments.DataFolder is null && isPromoted)
            {
                Directory.Delete(data, recursive: true);
            }
            else
            {
                narrator.Say($"All state is kept in {data}.");
            }
        }
    }

    private async Task<bool> RunOnAsync(string data)
    {
        narrator.Step("Start the services");
        await using RunningRatchet ratchet = await RunningRatchet.StartAsync(data, arguments);
        narrator.Say($"Healthy. The pages are at {ratchet.Gateway} while this runs.");
        CancellationToken stopping = ratchet.Stopping;
        var ingestion = new Ingestion(new RagClient(ratchet.Http), _business, narrator);
        var trainer = new TrainerClient(ratchet.Http);
        var chat = new Chat(ratchet.Http);

        narrator.Step("Ingest the documents of the sample business");
        long uploaded = Stopwatch.GetTimestamp();
        IReadOnlyDictionary<string, string> documents = await ingestion.SendDocumentsAsync(stopping);

        narrator.Step("Ask a question");
        ExampleInput question = _business.DecidingQuestions()[0];
        Answer before = await AskAsync(chat, question, documents, stopping);
        narrator.Say(string.Create(
            CultureInfo.InvariantCulture, $"Cited from a document that came in {Stopwatch.GetElapsedTime(uploaded).TotalSeconds:0} seconds ago."));

        narrator.Step("Import examples");
        IReadOnlyList<ExampleRecord> examples = await ingestion.ImportExamplesAsync(stopping);

        narrator.Step("Review them");
        await ingestion.ReviewAsync(examples, stopping);

        narrator.Step("Seal, train, evaluate, gate, promote");
        CycleRecord cycle = await new Training(trainer, narrator).RunAsync(arguments.Seed, stopping);
        if (cycle.Status == "failed")
        {
            throw new StepFailedException($"The cycle failed at '{cycle.Error?.Step}': {cycle.Error?.Message}");
        }

        bool isPromoted = cycle.Status == "promoted";
        if (isPromoted)
        {
            await SwapAsync(chat, trainer, question, documents, before, cycle.Adapter!, stopping);
        }

        await ShowAsync(trainer, cycle, stopping);
        return isPromoted;
    }

    private async Task SwapAsync(
        Chat chat, TrainerClient trainer, ExampleInput question, IReadOnlyDictionary<string, string> documents, Answer before, string adapter,
        CancellationToken stopping)
    {
        narrator.Step("Ask the same question again");
        Expect(await AskAsync(chat, question, documents, stopping), adapter);

        narrator.Step("Roll back, and forward again");
        AliasRecord alias = await trainer.GetAliasAsync(Alias, stopping);
        alias = await trainer.RollbackAliasAsync(
            Alias, new RollbackAliasRequest { ExpectedVersion = alias.Version, Reason = "to show that it can be", Actor = Actor }, stopping);
        narrator.Say($"Rolled back: '{Alias}' is {alias.Adapter}, version {alias.Version}.");
        Expect(await AskAsync(chat, question, documents, stopping), before.Model);

        alias = await trainer.MoveAliasAsync(
            Alias, new MoveAliasRequest { Adapter = adapter, ExpectedVersion = alias.Version, Reason = "forward again", Actor = Actor }, stopping);
        narrator.Say($"Forward again: '{Alias}' is {alias.Adapter}, version {alias.Version}.");
        Expect(await AskAsync(chat, question, documents, stopping), adapter);
    }

    private async Task ShowAsync(TrainerClient trainer, CycleRecord cycle, CancellationToken stopping)
    {
        narrator.Step("The figures of this run");
        if (cycle.Adapter is not null)
        {
            AdapterRecord adapter = await trainer.GetAdapterAsync(cycle.Adapter, stopping);
            if (adapter.Metrics.TryGetValue("trained_tokens", out double tokens))
            {
                narrator.Say(string.Create(CultureInfo.InvariantCulture, $"Adapter {adapter.Id}: rank {adapter.Rank}, {tokens:0} tokens trained."));
            }

            ReportTable.Write(narrator.Console, await trainer.GetEvaluationAsync(cycle.Adapter, stopping));
        }

        narrator.Say($"Ended '{cycle.Status}' after {Narrator.Clock(narrator.Elapsed)} with seed {arguments.Seed}"
            + (narrator.Elapsed > Limit ? $", longer than the {Limit.TotalMinutes:0} minutes that it should take." : "."));
    }

    /// <summary>Asks, shows, and holds the answer to its promise: it cites the document that the question is about.</summary>
    private async Task<Answer> AskAsync(
        Chat chat, ExampleInput question, IReadOnlyDictionary<string, string> documents, CancellationToken stopping)
    {
        Answer answer = await chat.AskAsync(question.Question!, Auto, stopping);
        narrator.Say($"Question: {question.Question}");
        narrator.Say($"Answer:   {answer.Text}");
        narrator.Say($"          from {(answer.Titles.Count == 0 ? "nothing" : string.Join(", ", answer.Titles))}, by {answer.Model}");
        string wanted = documents[question.DocumentKey!];
        return answer.Documents.Contains(wanted)
            ? answer
            : throw new StepFailedException(
                $"The answer cites {(answer.Titles.Count == 0 ? "no document" : string.Join(", ", answer.Titles))}; '{question.DocumentKey}' holds it.");
    }

    private static void Expect(Answer answer, string model)
    {
        if (answer.Model != model)
        {
            throw new StepFailedException($"'{answer.Model}' answered; after the move it should have been '{model}'.");
        }
    }
}
